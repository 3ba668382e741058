import { z } from 'zod';
import { Emulator } from './emulator';

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** Typed calls to the double's API on one repository, on behalf of a person. */
export class Upstream {
  constructor(
    private readonly emulator: Emulator,
    private readonly repositoryPath: string,
    private readonly login: string,
  ) {}

  as(login: string): Upstream {
    return new Upstream(this.emulator, this.repositoryPath, login);
  }

  get url(): string {
    return this.emulator.url;
  }

  /** Any request as it is; `path` starts at the API's root. */
  async forward(
    method: string,
    path: string,
    options: {
      authenticated: boolean;
      body?: Buffer;
      headers?: Record<string, string>;
    },
  ): Promise<UpstreamAnswer> {
    const response = await fetch(`${this.emulator.url}${path}`, {
      method,
      headers: {
        ...options.headers,
        ...(options.authenticated
          ? { authorization: `token ${this.emulator.tokenOf(this.login)}` }
          : {}),
      },
      body:
        options.body && options.body.byteLength > 0
          ? new Uint8Array(options.body)
          : undefined,
      redirect: 'manual',
    });
    return {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
  }

  /** The answer of a call below the repository, `undefined` for 404; other failures throw. */
  async find<T>(schema: z.ZodType<T>, path: string): Promise<T | undefined> {
    const answer = await this.forward('GET', `${this.repositoryPath}${path}`, {
      authenticated: true,
    });
    return answer.status === 404 ? undefined : read(schema, answer, path);
  }

  async get<T>(schema: z.ZodType<T>, path: string): Promise<T> {
    return this.send(schema, 'GET', path);
  }

  async send<T>(
    schema: z.ZodType<T>,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<T> {
    const answer = await this.forward(method, `${this.repositoryPath}${path}`, {
      authenticated: true,
      body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
    });
    return read(schema, answer, `${method} ${path}`);
  }
}

function read<T>(
  schema: z.ZodType<T>,
  answer: UpstreamAnswer,
  what: string,
): T {
  if (answer.status >= 400) {
    throw new Error(
      `The demo forge answered ${
        answer.status
      } to ${what}: ${answer.body.toString('utf8')}`,
    );
  }
  return schema.parse(JSON.parse(answer.body.toString('utf8')));
}
