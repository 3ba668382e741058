import { mockServices } from '@backstage/backend-test-utils';
import { ChangeRequestEvent } from '@apexlogic/backstage-plugin-finops-node';
import { GithubEventSource } from './GithubEventSource';
import { readWebhook } from './readWebhook';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const HEADERS = {
  'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  'x-github-event': 'pull_request',
  'x-hub-signature-256': 'sha256=00',
};
const PULL = {
  action: 'synchronize',
  repository: { html_url: 'https://forge.example/acme/estate/' },
  pull_request: {
    number: 7,
    updated_at: '2026-11-20T13:00:00+01:00',
    head: { sha: SHA },
  },
};
const RUN = {
  action: 'completed',
  repository: { html_url: 'https://forge.example/acme/estate' },
  workflow_run: { event: 'workflow_dispatch', head_sha: SHA },
};

describe('readWebhook', () => {
  it('reads a pull request and a finished run, whatever else they hold', () => {
    expect(readWebhook({ ...PULL, more: [1] }, HEADERS)).toEqual({
      kind: 'event',
      event: {
        kind: 'change-request',
        deliveryId: HEADERS['x-github-delivery'],
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        repositoryUrl: 'https://forge.example/acme/estate',
        number: 7,
        headSha: SHA,
        updatedAt: '2026-11-20T12:00:00.000Z',
      },
    });
    expect(
      readWebhook(RUN, { ...HEADERS, 'x-github-event': 'workflow_run' }),
    ).toMatchObject({
      kind: 'event',
      event: { kind: 'tests-finished', headSha: SHA },
    });
  });

  it('tells the same content under another id', () => {
    const digestOf = (payload: object, deliveryId: string) => {
      const read = readWebhook(payload, {
        ...HEADERS,
        'x-github-delivery': deliveryId,
      });
      return read.kind === 'event' && read.event.digest;
    };
    expect(digestOf(PULL, 'one')).toBe(digestOf(PULL, 'two'));
    expect(digestOf(PULL, 'one')).not.toBe(
      digestOf({ ...PULL, action: 'edited' }, 'one'),
    );
  });

  it.each([
    ['labels', { ...PULL, action: 'labeled' }, HEADERS],
    [
      'runs that nobody asked for',
      { ...RUN, workflow_run: { ...RUN.workflow_run, event: 'push' } },
      { ...HEADERS, 'x-github-event': 'workflow_run' },
    ],
    ['other events', {}, { ...HEADERS, 'x-github-event': 'star' }],
  ])('leaves %s alone', (_name, payload, headers) => {
    expect(readWebhook(payload, headers)).toEqual({ kind: 'ignored' });
  });

  it.each([
    ['no signature', PULL, { ...HEADERS, 'x-hub-signature-256': undefined }],
    ['no delivery id', PULL, { ...HEADERS, 'x-github-delivery': undefined }],
    ['no payload', undefined, HEADERS],
    ['another shape', { ...PULL, pull_request: { number: '7' } }, HEADERS],
    [
      'a head that is no commit',
      {
        ...PULL,
        pull_request: { ...PULL.pull_request, head: { sha: '../../x' } },
      },
      HEADERS,
    ],
  ])('refuses %s', (_name, payload, headers) => {
    expect(readWebhook(payload, headers)).toMatchObject({ kind: 'refused' });
  });
});

describe('GithubEventSource', () => {
  const sourceWith = (data: object) => {
    const events = mockServices.events.mock();
    const logger = mockServices.logger.mock();
    const config = mockServices.rootConfig({ data: data as any });
    return {
      events,
      logger,
      source: new GithubEventSource({ events, logger, config }),
    };
  };
  const SECRET = { modules: { github: { webhookSecret: 'not-a-secret' } } };

  it.each([
    ['no secret', {}, /webhookSecret/],
    [
      'a topic that nobody checks',
      { events: { ...SECRET, http: { topics: ['github.pull_request'] } } },
      /events\.http\.topics/,
    ],
  ])('does not start with %s', async (_name, config, message) => {
    const { source, events } = sourceWith(config);
    await expect(source.subscribe(async () => {})).rejects.toThrow(message);
    expect(events.subscribe).not.toHaveBeenCalled();
  });

  it.each([
    ['a secret of its own', { events: SECRET }],
    [
      'the secret of an app',
      {
        integrations: {
          github: [{ host: 'github.com', apps: [{ webhookSecret: 's' }] }],
        },
      },
    ],
  ])('passes on events with %s, and no others', async (_name, config) => {
    const { source, events, logger } = sourceWith(config);
    const seen: ChangeRequestEvent[] = [];
    await source.subscribe(async event => {
      seen.push(event);
    });
    const [{ onEvent, topics }] = events.subscribe.mock.calls[0];
    const publish = (eventPayload: unknown, metadata?: any) =>
      onEvent({ topic: topics[0], eventPayload, metadata });
    await publish(PULL, HEADERS);
    await publish({ ...PULL, action: 'labeled' }, HEADERS);
    expect(logger.warn).not.toHaveBeenCalled();
    await publish(PULL);
    await publish({}, HEADERS);
    expect(seen).toMatchObject([{ number: 7 }]);
    expect(logger.warn).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(logger.warn.mock.calls)).not.toContain('sha256=');
  });
});
