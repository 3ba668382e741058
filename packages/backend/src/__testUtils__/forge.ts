import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  startDemoForge,
  StandaloneDemoForge,
} from '@apexlogic/backstage-plugin-finops-backend-module-demo/forge';
import { manifestOf, manifestPath, Service } from './estate';

/** Somebody with write access who is not the portal. */
const PERSON = 'maintainer';

/** A forge with the services' manifests, seen as a person with write access sees it. */
export interface TestForge {
  readonly demo: StandaloneDemoForge;
  /** Pull requests that touch a service's manifest, in any state. */
  pullsOf(service: Service): Promise<any[]>;
  /** Names of all branches. */
  branches(): Promise<string[]>;
  /** Added and removed lines of a pull request, per file. */
  changedLines(number: number): Promise<Record<string, string[]>>;
  /** States of the commit statuses, by context. */
  statuses(sha: string): Promise<Record<string, string>>;
  /** The manifest on `main`. */
  manifest(service: Service): Promise<string>;
  /** Commits another manifest to `main`. */
  commitManifest(service: Service, content: string): Promise<void>;
  /** HTTP status of the attempt. */
  merge(number: number): Promise<number>;
}

export async function startForge(
  services: readonly Service[],
): Promise<TestForge> {
  const gitopsPath = await mkdtemp(join(tmpdir(), 'finops-loop-'));
  let demo: StandaloneDemoForge;
  try {
    for (const service of services) {
      const file = join(gitopsPath, manifestPath(service));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, manifestOf(service));
    }
    demo = await startDemoForge({
      gitopsPath,
      owner: 'acme',
      repository: 'estate',
    });
  } finally {
    await rm(gitopsPath, { recursive: true, force: true });
  }

  async function send(method: string, path: string, body?: unknown) {
    return await fetch(`${demo.apiBaseUrl}/repos/acme/estate${path}`, {
      method,
      headers: {
        authorization: `token ${demo.tokenOf(PERSON)}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }
  async function call(method: string, path: string, body?: unknown) {
    const response = await send(method, path, body);
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status}`);
    }
    return (await response.json()) as any;
  }

  return {
    demo,
    async pullsOf(service) {
      const pulls = await call('GET', '/pulls?state=all&per_page=100');
      const files = await Promise.all(
        pulls.map((pull: any) => call('GET', `/pulls/${pull.number}/files`)),
      );
      return pulls.filter((_: unknown, index: number) =>
        files[index].some(
          (file: any) => file.filename === manifestPath(service),
        ),
      );
    },
    async branches() {
      const branches = await call('GET', '/branches?per_page=100');
      return branches.map((branch: any) => branch.name);
    },
    async changedLines(number) {
      const files = await call('GET', `/pulls/${number}/files`);
      return Object.fromEntries(
        files.map((file: any) => [
          file.filename,
          file.patch.split('\n').filter((line: string) => /^[+-]/.test(line)),
        ]),
      );
    },
    async statuses(sha) {
      const { statuses } = await call('GET', `/commits/${sha}/status`);
      return Object.fromEntries(
        statuses.map((status: any) => [status.context, status.state]),
      );
    },
    async manifest(service) {
      const { content } = await call(
        'GET',
        `/contents/${manifestPath(service)}?ref=main`,
      );
      return Buffer.from(content, 'base64').toString('utf8');
    },
    async commitManifest(service, content) {
      const head = (await call('GET', '/git/ref/heads/main')).object.sha;
      const base = (await call('GET', `/git/commits/${head}`)).tree.sha;
      const tree = await call('POST', '/git/trees', {
        base_tree: base,
        tree: [
          {
            path: manifestPath(service),
            mode: '100644',
            type: 'blob',
            content,
          },
        ],
      });
      const commit = await call('POST', '/git/commits', {
        message: `Change ${service.name}`,
        tree: tree.sha,
        parents: [head],
      });
      await call('PATCH', '/git/refs/heads/main', { sha: commit.sha });
    },
    async merge(number) {
      return (await send('PUT', `/pulls/${number}/merge`, {})).status;
    },
  };
}
