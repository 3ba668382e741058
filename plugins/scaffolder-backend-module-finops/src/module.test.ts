import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  mockCredentials,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import scaffolderPlugin from '@backstage/plugin-scaffolder-backend';
import request from 'supertest';
import { parse } from 'yaml';
import scaffolderModuleFinops from './index';

const TEMPLATE =
  '../../../examples/templates/apply-recommendation/template.yaml';

interface Action {
  readonly id: string;
  readonly examples: readonly unknown[];
  readonly schema: {
    readonly input: {
      readonly required: readonly string[];
      readonly properties: object;
    };
    readonly output: { readonly properties: object };
  };
}

interface Step {
  readonly id: string;
  readonly action: string;
  readonly input: Readonly<Record<string, string>>;
}

async function offeredActions(): Promise<ReadonlyMap<string, Action>> {
  const backend = await startTestBackend({
    features: [
      scaffolderPlugin,
      scaffolderModuleFinops,
      catalogServiceMock.factory(),
    ],
  });
  const { body } = await request(backend.server)
    .get('/api/scaffolder/v2/actions')
    .set('Authorization', mockCredentials.user.header())
    .expect(200);
  return new Map(body.map((action: Action) => [action.id, action]));
}

it('adds to the scaffolder what the example template uses', async () => {
  const actions = await offeredActions();
  const template = parse(readFileSync(join(__dirname, TEMPLATE), 'utf8'));
  const steps: Step[] = template.spec.steps;
  expect(steps.map(({ action }) => action)).toEqual([
    'finops:recommendation:plan',
    'finops:recommendation:open-change-request',
  ]);
  for (const { action, input } of steps) {
    const { examples, schema } = actions.get(action)!;
    expect(examples).toHaveLength(1);
    expect(Object.keys(input).sort()).toEqual(
      [...schema.input.required].sort(),
    );
    for (const [, step, output] of JSON.stringify(input).matchAll(
      /steps\.(\w+)\.output\.(\w+)/g,
    )) {
      const source = steps.find(({ id }) => id === step)!;
      expect(
        actions.get(source.action)!.schema.output.properties,
      ).toHaveProperty(output);
    }
  }
});
