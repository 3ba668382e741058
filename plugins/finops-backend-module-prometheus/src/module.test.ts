import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import {
  MetricSource,
  finopsSourcesExtensionPoint,
} from '@apexlogic/backstage-plugin-finops-node';
import finopsModulePrometheus from '.';

describe('finopsModulePrometheus', () => {
  it('registers one source per configured server', async () => {
    const sources: MetricSource[] = [];
    await startTestBackend({
      extensionPoints: [
        [
          finopsSourcesExtensionPoint,
          {
            addMetricSource: (source: MetricSource) => sources.push(source),
            addCostSource: fail,
            addChangeSource: fail,
            addStateSource: fail,
            addLogSource: fail,
            addAlertSource: fail,
          },
        ],
      ],
      features: [
        finopsModulePrometheus,
        mockServices.rootConfig.factory({
          data: {
            finops: {
              prometheus: [
                {
                  id: 'eu',
                  url: 'https://eu.example.com',
                  clusterLabel: 'cluster',
                  stepSeconds: 60,
                },
                { id: 'us', url: 'https://us.example.com', clusters: ['us-1'] },
              ],
            },
          },
        }),
      ],
    });
    expect(
      sources.map(({ id, clusters, capabilities }) => [
        id,
        clusters,
        capabilities.resolutionSeconds,
      ]),
    ).toEqual([
      ['eu', undefined, 60],
      ['us', ['us-1'], 300],
    ]);
  });
});

function fail(): never {
  throw new Error('the module registers metric sources only');
}
