import {
  createBackendPlugin,
  coreServices,
} from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import {
  Forge,
  finopsChangeRequestEventsExtensionPoint,
  finopsForgesExtensionPoint,
} from '@apexlogic/backstage-plugin-finops-node';
import finopsModuleGithub from './index';

async function registeredForges(config: object): Promise<Forge[]> {
  const forges: Forge[] = [];
  const finops = createBackendPlugin({
    pluginId: 'finops',
    register(env) {
      env.registerExtensionPoint(finopsForgesExtensionPoint, {
        addForge: forge => forges.push(forge),
      });
      env.registerExtensionPoint(finopsChangeRequestEventsExtensionPoint, {
        addChangeRequestEvents: () => {},
      });
      env.registerInit({
        deps: { logger: coreServices.logger },
        async init() {},
      });
    },
  });
  const backend = await startTestBackend({
    features: [
      finops,
      finopsModuleGithub,
      mockServices.rootConfig.factory({ data: config as any }),
    ],
  });
  await backend.stop();
  return forges;
}

describe('finopsModuleGithub', () => {
  it('registers a forge for each integration that has an API', async () => {
    const forges = await registeredForges({
      finops: { github: { writeInterval: { milliseconds: 0 } } },
      integrations: {
        github: [
          { host: 'github.com', token: 'not-a-token' },
          {
            host: 'localhost:7007',
            apiBaseUrl: 'http://localhost:7007/api/v3',
            token: 'not-a-token',
          },
          { host: 'ghe.example' },
        ],
      },
    });
    expect(forges.map(forge => forge.id)).toEqual([
      'github:github.com',
      'github:localhost:7007',
    ]);
    expect(forges[1].handles('http://localhost:7007/fernhill/gitops')).toBe(
      true,
    );
  });

  it('fails at start-up on a pause it cannot read', async () => {
    await expect(
      registeredForges({ finops: { github: { writeInterval: 'often' } } }),
    ).rejects.toThrow(/writeInterval/);
  });
});
