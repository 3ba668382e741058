import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigReader } from '@backstage/config';
import {
  DefaultGithubCredentialsProvider,
  ScmIntegrations,
} from '@backstage/integration';
import {
  startDemoForge,
  StandaloneDemoForge,
} from '@apexlogic/backstage-plugin-finops-backend-module-demo/forge';
import { RepositoryRef } from '@apexlogic/backstage-plugin-finops-common';
import { GithubForge } from '../GithubForge';

const HOST = 'forge.example:7007';

export interface TestForge {
  readonly demo: StandaloneDemoForge;
  readonly forge: GithubForge;
  readonly repository: RepositoryRef;
  /** A forge that talks to `apiBaseUrl` instead; with another token, or none. */
  connect(
    apiBaseUrl: string,
    options?: { token?: string | 'none'; requestTimeoutMilliseconds?: number },
  ): GithubForge;
  /** A request as a person would make it. */
  as(
    login: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: any }>;
  stop(): Promise<void>;
}

export async function startForge(
  files: Record<string, string | Uint8Array>,
): Promise<TestForge> {
  const gitopsPath = await mkdtemp(join(tmpdir(), 'finops-gitops-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(gitopsPath, path)), { recursive: true });
      await writeFile(join(gitopsPath, path), content, {
        mode: path.endsWith('.sh') ? 0o755 : 0o644,
      });
    }
    const demo = await startDemoForge({
      gitopsPath,
      owner: 'acme',
      repository: 'estate',
    });
    const connect: TestForge['connect'] = (apiBaseUrl, options = {}) => {
      const { token = demo.token, requestTimeoutMilliseconds } = options;
      const integrations = ScmIntegrations.fromConfig(
        new ConfigReader({
          integrations: {
            github: [
              {
                host: HOST,
                apiBaseUrl,
                ...(token === 'none' ? {} : { token }),
              },
            ],
          },
        }),
      );
      return GithubForge.create({
        host: HOST,
        apiBaseUrl,
        credentials:
          DefaultGithubCredentialsProvider.fromIntegrations(integrations),
        writeIntervalMilliseconds: 0,
        retryDelayMilliseconds: 1,
        requestTimeoutMilliseconds,
      });
    };
    return {
      demo,
      forge: connect(demo.apiBaseUrl),
      repository: { url: `https://${HOST}/acme/estate`, branch: 'main' },
      connect,
      async as(login, method, path, body) {
        const response = await fetch(
          `${demo.apiBaseUrl}/repos/acme/estate${path}`,
          {
            method,
            headers: { authorization: `token ${demo.tokenOf(login)}` },
            body: body === undefined ? undefined : JSON.stringify(body),
          },
        );
        const text = await response.text();
        return { status: response.status, body: text && JSON.parse(text) };
      },
      stop: () => demo.stop(),
    };
  } finally {
    await rm(gitopsPath, { recursive: true, force: true });
  }
}
