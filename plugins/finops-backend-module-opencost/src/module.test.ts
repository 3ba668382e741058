import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import {
  CostSource,
  finopsSourcesExtensionPoint,
} from '@apexlogic/backstage-plugin-finops-node';
import finopsModuleOpenCost from '.';

describe('finopsModuleOpenCost', () => {
  it('registers one source per configured server', async () => {
    const sources: CostSource[] = [];
    await startTestBackend({
      extensionPoints: [
        [
          finopsSourcesExtensionPoint,
          {
            addMetricSource: fail,
            addCostSource: (source: CostSource) => sources.push(source),
            addChangeSource: fail,
            addStateSource: fail,
            addLogSource: fail,
            addAlertSource: fail,
          },
        ],
      ],
      features: [
        finopsModuleOpenCost,
        mockServices.rootConfig.factory({
          data: {
            finops: {
              opencost: [
                { id: 'eu', url: 'https://eu.example.com', clusters: ['eu-1'] },
                {
                  id: 'all',
                  url: 'https://kubecost.example.com',
                  flavour: 'kubecost',
                },
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
        capabilities.historyDays,
      ]),
    ).toEqual([
      ['eu', ['eu-1'], 15],
      ['all', undefined, 90],
    ]);
  });
});

function fail(): never {
  throw new Error('the module registers cost sources only');
}
