import { planChange } from '../../planChange';
import {
  filesAfter,
  planned,
  RATIONALE,
  refused,
  resourceTarget,
  snapshotOf,
} from '../../testUtils';

const REASON = `# ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`;

const STACK = `AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Class:
    Type: String
    Default: db.r6g.xlarge
    AllowedValues: [db.r6g.xlarge, db.r6g.large]
Resources:
  Orders:
    Type: AWS::RDS::DBInstance
    Properties:
      # the big one
      DBInstanceClass: !Ref Class
      AllocatedStorage: '100' # text
      StorageType: gp2
      MasterUsername: !Sub '\${AWS::StackName}-user'
      Tags:
        - Key: owner
          Value: shop
`;

type Action = Parameters<typeof resourceTarget>[0];
type Contents = Readonly<Record<string, string>>;

const resource = { system: 'cloudformation', address: 'Orders' } as const;

const downgrade: Action = {
  kind: 'downgrade-database',
  resource,
  instanceClass: { from: 'db.r6g.xlarge', to: 'db.r6g.large' },
};
const storage: Action = {
  kind: 'change-storage-tier',
  resource,
  sizeGib: { from: 100, to: 200 },
  tier: { from: 'gp2', to: 'gp3' },
};
const tags: Action = {
  kind: 'enforce-tags',
  resource,
  tags: { owner: 'data', 'cost-center': '0042' },
};

function change(files: Contents, action: Action, path = 'stacks') {
  return planChange(resourceTarget(action, path), RATIONALE, snapshotOf(files));
}

async function after(files: Contents, action: Action, path?: string) {
  return filesAfter(await change(files, action, path), snapshotOf(files));
}

describe('a template in YAML', () => {
  const files = { 'stacks/db.yaml': STACK };

  it('has its values replaced in their own quoting, with the reason above the first', async () => {
    for (const eol of ['\n', '\r\n']) {
      const text = STACK.replaceAll('\n', eol);
      expect(await after({ 'stacks/db.yaml': text }, storage)).toEqual({
        'stacks/db.yaml': text
          .replace(
            "      AllocatedStorage: '100'",
            `      ${REASON}${eol}      AllocatedStorage: '200'`,
          )
          .replace('gp2', 'gp3'),
      });
    }
    const { changes, objects, proof } = planned(await change(files, storage));
    expect(changes).toContainEqual({
      path: 'stacks/db.yaml',
      documentIndex: 0,
      object: {
        apiVersion: 'cloudformation/v1',
        kind: 'AWS::RDS::DBInstance',
        name: 'Orders',
      },
      pointer: '/spec/AllocatedStorage',
      before: '100',
      after: '200',
    });
    expect(objects).toHaveLength(1);
    expect(proof.checks.map(({ outcome }) => outcome)).toEqual([
      'passed',
      'skipped',
      'passed',
      'skipped',
    ]);
  });

  it('says one reason however often it is changed', async () => {
    const once = await after(files, storage);
    const again = await after(once, {
      ...storage,
      sizeGib: { from: 200, to: 300 },
      tier: undefined,
    });
    expect(again['stacks/db.yaml']).toBe(
      once['stacks/db.yaml'].replace('200', '300'),
    );
  });

  it('has the default of a parameter changed, which must allow the value', async () => {
    expect(await after(files, downgrade)).toEqual({
      'stacks/db.yaml': STACK.replace(
        '    Default: db.r6g.xlarge',
        `    ${REASON}\n    Default: db.r6g.large`,
      ),
    });
    expect(planned(await change(files, downgrade)).notes).toContainEqual(
      expect.stringContaining('keeps the value it has'),
    );
    const refusal = refused(
      await change(files, {
        ...downgrade,
        instanceClass: { from: 'db.r6g.xlarge', to: 'db.t4g.micro' },
      } as Action),
    );
    expect(refusal.code).toBe('not-supported');
    expect(refusal.reason).toContain('db.r6g.large');
  });

  it('gets tags in the form of those that are there, or a list of them', async () => {
    expect(await after(files, tags)).toEqual({
      'stacks/db.yaml': `${STACK.replace(
        '          Value: shop\n',
        `          ${REASON}\n          Value: data\n`,
      )}        ${REASON}\n        - Key: cost-center\n          Value: "0042"\n`,
    });
    const without = STACK.slice(0, STACK.indexOf('      Tags:'));
    expect(await after({ 'stacks/db.yaml': without }, tags)).toEqual({
      'stacks/db.yaml': `${without}      ${REASON}\n      Tags:\n        - Key: owner\n          Value: data\n        - Key: cost-center\n          Value: "0042"\n`,
    });
    const inline = STACK.replace(
      /Tags:[^]*$/,
      'Tags: [{Key: owner, Value: shop}]\n',
    );
    expect(await after({ 'stacks/db.yaml': inline }, tags)).toEqual({
      'stacks/db.yaml': inline.replace(
        '      Tags: [{Key: owner, Value: shop}]',
        `      ${REASON}\n      Tags: [{Key: owner, Value: data}, { Key: "cost-center", Value: "0042" }]`,
      ),
    });
  });
});

describe('a template in JSON', () => {
  const files = {
    'stacks/db.json': JSON.stringify(
      {
        Resources: {
          Orders: {
            Type: 'AWS::RDS::DBInstance',
            Properties: {
              DBInstanceClass: { Ref: 'Class' },
              AllocatedStorage: 100,
              StorageType: 'gp2',
              Tags: [{ Key: 'owner', Value: 'shop' }],
            },
          },
        },
        Parameters: { Class: { Type: 'String' } },
      },
      undefined,
      '\t',
    ),
    'stacks/db.prod.json': JSON.stringify([
      { ParameterKey: 'Class', ParameterValue: 'db.r6g.xlarge' },
    ]),
  };

  it('is edited where the value is given; JSON says no reason, and the plan says that', async () => {
    expect(await after(files, downgrade)).toEqual({
      'stacks/db.prod.json': files['stacks/db.prod.json'].replace(
        'xlarge',
        'large',
      ),
    });
    expect(await after(files, storage)).toEqual({
      'stacks/db.json': files['stacks/db.json']
        .replace('100', '200')
        .replace('gp2', 'gp3'),
    });
    expect(planned(await change(files, storage)).notes).toContainEqual(
      expect.stringContaining('JSON holds no comment'),
    );
    const tagged = await after(files, tags);
    expect(
      JSON.parse(tagged['stacks/db.json']).Resources.Orders.Properties.Tags,
    ).toEqual([
      { Key: 'owner', Value: 'data' },
      { Key: 'cost-center', Value: '0042' },
    ]);
  });

  it('is ambiguous with two files of values, until one is named', async () => {
    const more = {
      ...files,
      'stacks/db.dev.json': JSON.stringify({
        Parameters: { Class: 'db.t4g.micro' },
      }),
    };
    expect(refused(await change(more, downgrade)).code).toBe('ambiguous');
    expect(
      Object.keys(await after(more, downgrade, 'stacks/db.prod.json')),
    ).toEqual(['stacks/db.prod.json']);
    expect(
      refused(await change(more, downgrade, 'stacks/db.dev.json')).code,
    ).toBe('value-changed');
  });
});

describe('refusals', () => {
  const property = (text: string) => ({
    'stacks/db.yaml': STACK.replace('!Ref Class', text),
  });
  it.each([
    [
      'an intrinsic function',
      'template',
      downgrade,
      property('!FindInMap [Sizes, prod, db]'),
    ],
    [
      'a condition',
      'template',
      downgrade,
      property('{ "Fn::If": [Big, db.r6g.xlarge, db.r6g.large] }'),
    ],
    [
      'Parameter Store',
      'template',
      downgrade,
      {
        'stacks/db.yaml': STACK.replace(
          'Type: String',
          'Type: AWS::SSM::Parameter::Value<String>',
        ),
      },
    ],
    [
      'an anchor',
      'anchor',
      downgrade,
      {
        'stacks/db.yaml': property('*class')['stacks/db.yaml'].replace(
          'Default: db',
          'Default: &class db',
        ),
      },
    ],
    [
      'a parameter that others read',
      'shared-base',
      downgrade,
      {
        'stacks/db.yaml': `${STACK}  Replica:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      DBInstanceClass: !Sub '\${Class}'\n`,
      },
    ],
    [
      'a parameter without a value',
      'value-not-found',
      downgrade,
      { 'stacks/db.yaml': STACK.replace('    Default: db.r6g.xlarge\n', '') },
    ],
    [
      'storage that shrinks',
      'not-supported',
      { ...storage, sizeGib: { from: 100, to: 50 } } as Action,
      { 'stacks/db.yaml': STACK },
    ],
    [
      'two templates',
      'ambiguous',
      downgrade,
      { 'stacks/a.yaml': STACK, 'stacks/b.yaml': STACK },
    ],
    ['none', 'not-managed', downgrade, { 'stacks/a.yaml': 'kind: Service\n' }],
    [
      'a broken one',
      'parse-error',
      downgrade,
      { 'stacks/a.yaml': `${STACK}\tx: [\n` },
    ],
    [
      'another value',
      'value-changed',
      { ...storage, sizeGib: { from: 50, to: 200 } } as Action,
      { 'stacks/db.yaml': STACK },
    ],
    [
      'the same value',
      'already-done',
      {
        ...storage,
        sizeGib: undefined,
        tier: { from: 'io1', to: 'gp2' },
      } as Action,
      { 'stacks/db.yaml': STACK },
    ],
  ] as [string, string, Action, Contents][])(
    '%s is refused as %s',
    async (_, code, action, files) => {
      expect(refused(await change(files, action)).code).toBe(code);
    },
  );
});
