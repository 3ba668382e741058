import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { HttpRequest, requestText } from './requestText';

type Answer =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'drop'
  | 'hang';

describe('requestText', () => {
  let server: Server;
  let asked: { method?: string; url?: string; body: string }[];
  let answers: Answer[];

  async function handle(request: IncomingMessage): Promise<Answer> {
    const { method, url } = request;
    asked.push({ method, url, body: await readAll(request) });
    // The last answer stays.
    return answers.length > 1 ? answers.shift()! : answers[0];
  }

  beforeEach(async () => {
    asked = [];
    server = createServer(async (request, response) => {
      const answer = await handle(request);
      if (answer === 'drop') {
        request.socket.destroy();
      } else if (answer !== 'hang') {
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body);
      }
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  function ask(more: Partial<HttpRequest> = {}) {
    const { port } = server.address() as AddressInfo;
    return requestText({
      url: `http://127.0.0.1:${port}/path?token=secret`,
      method: 'GET',
      headers: { Authorization: 'Bearer secret' },
      timeoutSeconds: 10,
      signal: new AbortController().signal,
      ...more,
    });
  }

  it('repeats the same request until the outage has passed', async () => {
    answers = [
      { status: 503 },
      { status: 429, headers: { 'retry-after': '1' } },
      'drop',
      { status: 200, body: 'fine' },
    ];
    const body = new URLSearchParams({ query: 'up' });
    expect(await ask({ method: 'POST', body })).toEqual({
      outcome: 'answered',
      status: 200,
      text: 'fine',
    });
    expect(asked).toEqual(
      Array(4).fill({
        method: 'POST',
        url: '/path?token=secret',
        body: 'query=up',
      }),
    );
  }, 20_000);

  it('gives what stays: a status as it is, no connection without any secret', async () => {
    answers = [{ status: 500, body: 'broken' }];
    expect(await ask()).toEqual({
      outcome: 'answered',
      status: 500,
      text: 'broken',
    });
    answers = ['drop'];
    const outcome = await ask();
    expect(outcome).toEqual({
      outcome: 'unreachable',
      reason: expect.stringMatching(/^connection failed \(.+\)$/),
    });
    expect(JSON.stringify(outcome)).not.toContain('secret');
    expect(asked).toHaveLength(8);
  }, 20_000);

  it.each<[string, Answer, Partial<HttpRequest>, object]>([
    [
      'a refusal',
      { status: 422, body: 'no' },
      {},
      { outcome: 'answered', status: 422, text: 'no' },
    ],
    [
      'a redirect',
      { status: 302, headers: { location: '/login' } },
      {},
      { outcome: 'answered', status: 302, text: '' },
    ],
    [
      'a final 5xx',
      { status: 504, body: 'too much' },
      { isFinal: (status, body) => status === 504 && body === 'too much' },
      { outcome: 'answered', status: 504, text: 'too much' },
    ],
    [
      'a pause too long to wait for',
      { status: 503, headers: { 'retry-after': '3600' } },
      {},
      {
        outcome: 'unreachable',
        reason: 'HTTP 503, asks to come back in 3600 s',
      },
    ],
    [
      'no answer in time',
      'hang',
      { timeoutSeconds: 2 },
      { outcome: 'timed-out' },
    ],
  ])('asks once for %s', async (_, answer, more, outcome) => {
    answers = [answer];
    expect(await ask(more)).toEqual(outcome);
    expect(asked).toHaveLength(1);
  });

  it.each<Answer>(['hang', { status: 429, headers: { 'retry-after': '50' } }])(
    'stops at once when aborted, waiting for an answer or a pause',
    async answer => {
      answers = [answer];
      const controller = new AbortController();
      const outcome = ask({ signal: controller.signal });
      while (asked.length < 1) {
        await new Promise(resolve => setImmediate(resolve));
      }
      controller.abort(new Error('enough'));
      await expect(outcome).rejects.toThrow('enough');
    },
  );
});
