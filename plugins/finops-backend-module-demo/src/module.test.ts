import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import {
  finopsSourcesExtensionPoint,
  Source,
} from '@apexlogic/backstage-plugin-finops-node';
import finopsModuleDemo from '.';

async function start(finops: object) {
  const registered: [string, Source][] = [];
  const plugin = createBackendPlugin({
    pluginId: 'finops',
    register(env) {
      const register = (kind: string) => (source: Source) =>
        registered.push([kind, source]);
      env.registerExtensionPoint(finopsSourcesExtensionPoint, {
        addMetricSource: register('metric'),
        addCostSource: register('cost'),
        addChangeSource: register('change'),
        addStateSource: register('state'),
        addLogSource: register('log'),
        addAlertSource: register('alert'),
      });
      env.registerInit({
        deps: { logger: coreServices.logger },
        async init() {},
      });
    },
  });
  const backend = await startTestBackend({
    features: [
      plugin,
      finopsModuleDemo,
      mockServices.rootConfig.factory({ data: { finops } }),
    ],
  });
  return {
    backend,
    registered,
    root: `http://localhost:${backend.server.port()}/api/finops/demo/forge`,
  };
}

describe('finopsModuleDemo', () => {
  jest.setTimeout(60_000);

  it('brings the recorded estate and the forge where finops.demo is configured', async () => {
    const gitopsPath = await mkdtemp(join(tmpdir(), 'finops-gitops-'));
    await writeFile(join(gitopsPath, 'web.yaml'), 'kind: Deployment\n');
    const { backend, registered, root } = await start({
      demo: {
        seed: 3,
        days: 14,
        now: '2026-11-01T00:00:00Z',
        gitopsPath,
        forge: { token: 'secret-token' },
      },
    });
    try {
      expect(registered.map(([kind, source]) => [kind, source.id])).toEqual(
        ['metric', 'cost', 'change', 'state', 'log', 'alert'].map(kind => [
          kind,
          'demo',
        ]),
      );
      const page = await fetch(`${root}/fernhill/gitops`);
      expect([page.status, await page.text()]).toEqual([
        200,
        expect.stringContaining('Pull requests'),
      ]);
      const read = (token: string) =>
        fetch(`${root}/api/v3/repos/fernhill/gitops/git/ref/heads%2Fmain`, {
          headers: { authorization: `token ${token}` },
        });
      expect((await read('secret-token')).status).toBe(200);
      expect((await read('other')).status).toBe(401);
      const write = await fetch(
        `${root}/api/v3/repos/fernhill/gitops/git/blobs`,
        {
          method: 'POST',
          headers: {
            authorization: 'token secret-token',
            'content-type': 'application/json',
          },
          body: JSON.stringify({ content: 'YQ==', encoding: 'base64' }),
        },
      );
      expect(write.status).toBe(201);
    } finally {
      await backend.stop();
      await rm(gitopsPath, { recursive: true });
    }
  });

  it('does nothing without it', async () => {
    const { backend, registered, root } = await start({});
    expect(registered).toEqual([]);
    expect((await fetch(`${root}/fernhill/gitops`)).ok).toBe(false);
    await backend.stop();
  });

  it('refuses an instant it cannot read', async () => {
    await expect(start({ demo: { now: 'yesterday' } })).rejects.toThrow(
      'finops.demo.now',
    );
  });
});
