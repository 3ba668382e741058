import { sha256, spliceBytes } from '../../applySplices';
import { buildPlanned } from '../../buildPlanned';
import { locate } from '../../locate';
import { plan } from '../../plan';
import { planChange } from '../../planChange';
import { prove } from '../../prove';
import {
  filesAfter,
  planned,
  RATIONALE,
  refused,
  resourceTarget,
  snapshotOf,
} from '../../testUtils';
import type { InfrastructureLocation } from '../../types';
import { createTerraformFormatter, Formatter } from '../checkFormat';

jest.setTimeout(30_000);

const formatter = createTerraformFormatter();

const TO = 'db.r6g.large';

const REASON = `# ai.apexlogic.com/optimisation-reason: ${RATIONALE.reason}`;

const ORDERS = `resource "aws_db_instance" "orders" {
  identifier        = "orders"
  instance_class    = "db.r6g.xlarge" # see the wiki
  allocated_storage = 100
  storage_type      = "gp2"

  tags = {
    owner = "shop"
  }
}
`;

function downgrade(
  address = 'aws_db_instance.orders',
  from = 'db.r6g.xlarge',
  to = 'db.r6g.large',
) {
  return {
    kind: 'downgrade-database',
    resource: { system: 'terraform', address },
    instanceClass: { from, to },
  } as const;
}

function change(
  files: Readonly<Record<string, string>>,
  action: Parameters<typeof resourceTarget>[0] = downgrade(),
  path = 'prod',
  more: { allowSharedBase?: boolean; formatter?: Formatter } = {},
) {
  return planChange(
    { ...resourceTarget(action, path), allowSharedBase: more.allowSharedBase },
    RATIONALE,
    snapshotOf(files),
    // Asking terraform itself takes most of a second: only some of these tests do.
    { formatter: more.formatter ?? (async () => 'unavailable') },
  );
}

async function after(...args: Parameters<typeof change>) {
  return filesAfter(await change(...args), snapshotOf(args[0]));
}

describe('a value written in the resource', () => {
  it('is replaced in its place, with the reason above the lines that are lined up with it', async () => {
    const files = { 'prod/db.tf': ORDERS };
    const result = await change(files, downgrade(), 'prod', { formatter });
    expect(await filesAfter(result, snapshotOf(files))).toEqual({
      'prod/db.tf': ORDERS.replace(
        '  identifier ',
        `  # ai.apexlogic.com/optimisation-reason (instance_class): ${RATIONALE.reason}\n  identifier `,
      ).replace('db.r6g.xlarge', 'db.r6g.large'),
    });
    const { changes, notes, objects, proof } = planned(result);
    expect(changes).toEqual([
      {
        path: 'prod/db.tf',
        documentIndex: 0,
        object: {
          apiVersion: 'terraform/v1',
          kind: 'aws_db_instance',
          name: 'aws_db_instance.orders',
        },
        pointer: '/spec/instance_class',
        before: 'db.r6g.xlarge',
        after: 'db.r6g.large',
      },
    ]);
    expect(notes).toEqual([expect.stringContaining('maintenance window')]);
    expect(objects).toHaveLength(1);
    expect(proof.checks.map(({ name }) => name)).toEqual([
      'reparse',
      'schema',
      're-extract',
      'format',
    ]);
  });

  it('gets the reason right above where nothing is lined up, and one reason only', async () => {
    const files = {
      'prod/db.tf':
        'resource "aws_instance" "web" {\r\n  instance_type = "m5.xlarge"\r\n}\r\n',
    };
    const action = {
      kind: 'rightsize',
      resource: { system: 'terraform', address: 'aws_instance.web' },
      instanceType: { from: 'm5.xlarge', to: 'm5.large' },
    } as const;
    const once = await after(files, action);
    expect(once['prod/db.tf']).toBe(
      `resource "aws_instance" "web" {\r\n  ${REASON}\r\n  instance_type = "m5.large"\r\n}\r\n`,
    );
    const again = await after(once, {
      ...action,
      instanceType: { from: 'm5.large', to: 'm5.small' },
    });
    expect(again['prod/db.tf']).toBe(
      once['prod/db.tf'].replace('m5.large', 'm5.small'),
    );
  });

  it('is found in a nested block, in a list, as a number and in another unit', async () => {
    const files = {
      'prod/main.tf': `resource "google_sql_database_instance" "a" {
  settings {
    tier      = "db-custom-4-15360"
    disk_size = 50
  }
}

resource "aws_eks_node_group" "b" {
  instance_types = ["c5.large", "m5.xlarge"]
}

resource "azurerm_postgresql_flexible_server" "c" {
  storage_mb = 32768
}

resource "google_redis_instance" "d" {
  count          = var.enabled ? 1 : 0
  memory_size_gb = "4"
}
`,
    };
    const text = files['prod/main.tf'];
    const terraform = (address: string) =>
      ({ system: 'terraform', address } as const);
    for (const [action, before, now] of [
      [
        {
          ...downgrade('google_sql_database_instance.a'),
          instanceClass: { from: 'db-custom-4-15360', to: 'db-custom-2-7680' },
        },
        '    tier      = "db-custom-4-15360"',
        `    ${REASON.replace(':', ' (x):').replace(
          ' (x)',
          '',
        )}\n    tier      = "db-custom-2-7680"`,
      ],
      [
        {
          kind: 'rightsize',
          resource: terraform('aws_eks_node_group.b'),
          instanceType: { from: 'm5.xlarge', to: 'm5.large' },
        },
        '  instance_types = ["c5.large", "m5.xlarge"]',
        `  ${REASON}\n  instance_types = ["c5.large", "m5.large"]`,
      ],
      [
        {
          kind: 'change-storage-tier',
          resource: terraform('azurerm_postgresql_flexible_server.c'),
          sizeGib: { from: 32, to: 64 },
        },
        '  storage_mb = 32768',
        `  ${REASON}\n  storage_mb = 65536`,
      ],
      [
        {
          kind: 'downgrade-database',
          resource: terraform('google_redis_instance.d[0]'),
          memoryGib: { from: 4, to: 2 },
        },
        '  memory_size_gb = "4"',
        '  memory_size_gb = "2"',
      ],
    ] as const) {
      const { 'prod/main.tf': changed } = await after(files, action);
      const withoutReason = (content: string) =>
        content
          .split('\n')
          .filter(line => !line.includes('optimisation-reason'))
          .join('\n');
      expect(withoutReason(changed)).toBe(
        withoutReason(text.replace(before, now)),
      );
      expect(changed).toContain(RATIONALE.reason);
    }
  });

  it('is read as Terraform reads it: byte order mark, other alphabets, heredocs, comments in odd places', async () => {
    const text = `\uFEFFlocals { /* 価格 */ note = <<-EOT
    instance_class = "db.r6g.xlarge" \${local.x}
  EOT
  x = "😀" }
resource aws_db_instance "orders" { // ключ
  name = "größe \\"x\\" $\${not}" # 😀
  instance_class /* why */ = /* not */ "db.r6g.xlarge" /* here */
}
`;
    const changed = await after({ 'prod/db.tf': text });
    expect(changed['prod/db.tf']).toBe(
      text.replace(
        '  instance_class /* why */ = /* not */ "db.r6g.xlarge"',
        `  ${REASON}\n  instance_class /* why */ = /* not */ "db.r6g.large"`,
      ),
    );
  });
});

describe('a value given from elsewhere', () => {
  const variable = ORDERS.replace('"db.r6g.xlarge"', 'var.class').replace(
    ' # see the wiki',
    '',
  );
  const declared = 'variable "class" {\n  default = "db.r6g.xlarge"\n}\n';

  it.each([
    ['the default', {}, 'prod/variables.tf'],
    [
      'terraform.tfvars',
      { 'prod/terraform.tfvars': 'class = "db.r6g.xlarge"\n' },
      'prod/terraform.tfvars',
    ],
    [
      'the last automatic file',
      {
        'prod/terraform.tfvars': 'class = "db.r6g.4xlarge"\n',
        'prod/a.auto.tfvars': 'class = "db.r6g.2xlarge"\n',
        'prod/b.auto.tfvars': 'class = "db.r6g.xlarge"\n',
      },
      'prod/b.auto.tfvars',
    ],
    [
      'a file in JSON',
      { 'prod/terraform.tfvars.json': '{ "class": "db.r6g.xlarge" }\n' },
      'prod/terraform.tfvars.json',
    ],
  ] as [string, Record<string, string>, string][])(
    'is edited in %s',
    async (_, values, path) => {
      const files: Record<string, string> = {
        'prod/db.tf': variable,
        'prod/variables.tf': declared,
        ...values,
      };
      const result = await change(files);
      const changed = await filesAfter(result, snapshotOf(files));
      expect(
        planned(result).notes?.some(note => note.includes('command line')),
      ).toBe(path === 'prod/variables.tf');
      expect(Object.keys(changed)).toEqual([path]);
      const expected = files[path].replace('db.r6g.xlarge', 'db.r6g.large');
      expect(changed[path].replace(/^ *# ai\.apexlogic\.com.*\n/m, '')).toBe(
        expected,
      );
      expect(changed[path].includes(REASON)).toBe(!path.endsWith('.json'));
    },
  );

  it('is ambiguous where files that somebody must name give it another, and is the one of the file that is named', async () => {
    const files = {
      'prod/db.tf': variable,
      'prod/variables.tf': declared,
      'prod/eu.tfvars': 'class = "db.r6g.xlarge"\n',
      'prod/env/us.tfvars': 'class = "db.r6g.2xlarge"\n',
    };
    const refusal = refused(await change(files));
    expect(refusal.code).toBe('ambiguous');
    expect(refusal.reason).toContain('prod/eu.tfvars');
    expect(await after(files, downgrade(), 'prod/eu.tfvars')).toHaveProperty(
      ['prod/eu.tfvars'],
      `${REASON}\nclass = "db.r6g.large"\n`,
    );
    expect(
      refused(await change(files, downgrade(), 'prod/env/us.tfvars')).code,
    ).toBe('value-changed');
  });

  it('is followed through calls of modules, locals and maps, to the entry of the one instance', async () => {
    const files = {
      'prod/main.tf': `locals {
  sizes = { main = "db.r6g.xlarge", other = "db.t4g.small" }
}

module "data" {
  source = "../modules/data"
  databases = {
    orders = { class = local.sizes["main"] }
    carts  = { class = "db.t4g.medium" }
  }
}
`,
      'modules/data/main.tf': `variable "databases" {}

module "db" {
  source   = "./db"
  for_each = var.databases
  class    = each.value.class
}
`,
      'modules/data/db/main.tf': `variable "class" {
  validation {
    condition     = startswith(var.class, "db.")
    error_message = "No class."
  }
}

resource "aws_db_instance" "this" {
  instance_class = var.class
}
`,
    };
    const address = 'module.data.module.db["orders"].aws_db_instance.this';
    const result = await change(files, downgrade(address));
    const changed = await filesAfter(result, snapshotOf(files));
    expect(changed).toEqual({
      'prod/main.tf': files['prod/main.tf'].replace(
        '  sizes = { main = "db.r6g.xlarge"',
        `  ${REASON}\n  sizes = { main = "db.r6g.large"`,
      ),
    });
    expect(planned(result).notes).toContainEqual(
      expect.stringContaining('The variable class has a rule'),
    );
    const other = 'module.data.module.db["carts"].aws_db_instance.this';
    expect(
      await after(files, downgrade(other, 'db.t4g.medium', 'db.t4g.small')),
    ).toHaveProperty(
      ['prod/main.tf'],
      files['prod/main.tf']
        .replace(
          '    orders = ',
          `    # ai.apexlogic.com/optimisation-reason (carts): ${RATIONALE.reason}\n    orders = `,
        )
        .replace('db.t4g.medium', 'db.t4g.small'),
    );
  });

  it.each([
    [
      'another resource',
      'resource "aws_db_instance" "b" {\n  instance_class = var.class\n}\n',
      'aws_db_instance.b',
    ],
    [
      'an expression',
      'resource "aws_ssm_parameter" "b" {\n  value = format("%s!", var.class)\n}\n',
      'aws_ssm_parameter.b',
    ],
    [
      'a foreign module',
      'module "m" {\n  source = "registry/x"\n  size   = var.class\n}\n',
      'module.m',
    ],
    [
      'what refers to the resource',
      'resource "aws_x" "b" {\n  y = [aws_db_instance.orders.instance_class]\n}\n',
      'aws_x.b',
    ],
  ])('is refused where %s takes it too', async (_, text, address) => {
    const files = {
      'prod/db.tf': variable,
      'prod/variables.tf': declared,
      'prod/more.tf': text,
    };
    const refusal = refused(await change(files));
    expect(refusal.code).toBe('shared-base');
    expect(refusal.reason).toContain(address);
    const allowed = planned(
      await change(files, downgrade(), 'prod', { allowSharedBase: true }),
    );
    expect(allowed.notes).toContain(`${address} changes with it.`);
  });

  it('is refused in a module that several roots use, unless that is asked for; then policies see them all', async () => {
    const call = 'module "db" {\n  source = "../modules/db"\n}\n';
    const files = {
      'prod/main.tf': call,
      'dev/main.tf': call,
      'modules/db/main.tf': ORDERS,
    };
    const action = downgrade('module.db.aws_db_instance.orders');
    expect(refused(await change(files, action))).toMatchObject({
      code: 'shared-base',
      reason: expect.stringContaining('dev: module.db.aws_db_instance.orders'),
    });
    const shared = planned(
      await change(files, action, 'prod', { allowSharedBase: true }),
    );
    expect(shared.objects?.map(({ object }) => object.name)).toEqual([
      'module.db.aws_db_instance.orders',
      'dev: module.db.aws_db_instance.orders',
    ]);
    expect(refused(await change(files, action, '')).code).toBe('ambiguous');
  });
});

it('is shown to policies as its code declares it, before and after, wherever the value is written', async () => {
  const files = {
    'prod/db.tf': ORDERS.replace('"db.r6g.xlarge"', 'var.class').replace(
      '100',
      'ceil(var.gib)',
    ),
    'prod/terraform.tfvars': 'class = "db.r6g.xlarge"\n',
  };
  const built = await buildPlanned(
    planned(await change(files)),
    snapshotOf(files),
  );
  const spec = (instanceClass: string) => ({
    identifier: 'orders',
    instance_class: instanceClass,
    allocated_storage: '${ceil(var.gib)}',
    storage_type: 'gp2',
    tags: { owner: 'shop' },
  });
  const object = (instanceClass: string) => ({
    apiVersion: 'terraform/v1',
    kind: 'aws_db_instance',
    metadata: { name: 'aws_db_instance.orders', labels: { owner: 'shop' } },
    spec: spec(instanceClass),
  });
  expect(built).toMatchObject({
    kind: 'built',
    objects: [
      {
        path: 'prod',
        before: object('db.r6g.xlarge'),
        after: object('db.r6g.large'),
        changes: [
          {
            pointer: '/spec/instance_class',
            before: 'db.r6g.xlarge',
            after: 'db.r6g.large',
          },
        ],
      },
    ],
  });
});

it('is located, planned and proven step by step as well as at once', async () => {
  const snapshot = snapshotOf({ 'prod/db.tf': ORDERS });
  const target = resourceTarget(downgrade(), 'prod');
  const location = await locate(target, snapshot);
  expect(location).toEqual({
    kind: 'infrastructure',
    path: 'prod/db.tf',
    root: 'prod',
    object: {
      apiVersion: 'terraform/v1',
      kind: 'aws_db_instance',
      name: 'aws_db_instance.orders',
    },
  });
  const options = { formatter: async () => 'unavailable' as const };
  const found = location as InfrastructureLocation;
  const made = planned(await plan(found, target, RATIONALE, snapshot, options));
  const context = { target, location: found, rationale: RATIONALE };
  expect(await prove(made, context, snapshot, options)).toEqual(made.proof);
  const [file] = made.files;
  const before = await snapshot.read(file.path);
  const splices = file.splices.map(splice => ({
    ...splice,
    text: splice.text.replace(TO, `${TO}"\n  multi_az = "true`),
  }));
  const wider = {
    ...file,
    splices,
    afterSha256: sha256(spliceBytes(before, splices)!),
  };
  const proof = await prove(
    { ...made, files: [wider] },
    context,
    snapshot,
    options,
  );
  expect(proof.proven).toBe(false);
  expect(JSON.stringify(proof.checks)).toContain('multi_az');
});

describe('refusals', () => {
  const cases: readonly [
    string,
    string,
    ReturnType<typeof downgrade> | Parameters<typeof resourceTarget>[0],
    Record<string, string | Uint8Array>,
  ][] = [
    [
      'a conditional',
      'template',
      downgrade(),
      {
        'prod/db.tf': ORDERS.replace('"db.r6g.xlarge"', 'var.big ? "a" : "b"'),
      },
    ],
    [
      'a function',
      'template',
      downgrade(),
      { 'prod/db.tf': ORDERS.replace('"db.r6g.xlarge"', 'lookup(var.x, "a")') },
    ],
    [
      'a template',
      'template',
      downgrade(),
      { 'prod/db.tf': ORDERS.replace('"db.r6g.xlarge"', '"db.${var.size}"') },
    ],
    [
      'a key',
      'template',
      downgrade('aws_db_instance.orders["db.r6g.xlarge"]'),
      {
        'prod/db.tf': ORDERS.replace('"db.r6g.xlarge"', 'each.key').replace(
          '{\n',
          '{\n  for_each = { "db.r6g.xlarge" = 1 }\n',
        ),
      },
    ],
    [
      'locals in a circle',
      'template',
      downgrade(),
      {
        'prod/db.tf': `${ORDERS.replace(
          '"db.r6g.xlarge"',
          'local.a',
        )}locals {\n  a = local.b\n  b = [local.a, local.a]\n}\n`,
      },
    ],
    [
      'a variable without a value',
      'value-not-found',
      downgrade(),
      {
        'prod/db.tf': `${ORDERS.replace(
          '"db.r6g.xlarge"',
          'var.a',
        )}variable "a" {}\n`,
      },
    ],
    [
      'an attribute that is not there',
      'value-not-found',
      downgrade(),
      { 'prod/db.tf': 'resource "aws_db_instance" "orders" {}\n' },
    ],
    [
      'one of many that a block makes',
      'shared-base',
      downgrade('aws_db_instance.orders[1]'),
      { 'prod/db.tf': ORDERS.replace('{\n', '{\n  count = 3\n') },
    ],
    [
      'one of a known set',
      'shared-base',
      downgrade('aws_db_instance.orders["a"]'),
      {
        'prod/db.tf': ORDERS.replace(
          '{\n',
          '{\n  for_each = { a = 1, b = 2 }\n',
        ),
      },
    ],
    [
      'what Terraform ignores',
      'ignored-field',
      downgrade(),
      {
        'prod/db.tf': ORDERS.replace(
          '{\n',
          '{\n  lifecycle {\n    ignore_changes = [tags, instance_class]\n  }\n',
        ),
      },
    ],
    [
      'everything ignored',
      'ignored-field',
      downgrade(),
      {
        'prod/db.tf': ORDERS.replace(
          '{\n',
          '{\n  lifecycle {\n    ignore_changes = all\n  }\n',
        ),
      },
    ],
    [
      'another value',
      'value-changed',
      downgrade('aws_db_instance.orders', 'db.m5.large'),
      { 'prod/db.tf': ORDERS },
    ],
    [
      'the same value',
      'already-done',
      downgrade('aws_db_instance.orders', 'db.r6g.2xlarge', 'db.r6g.xlarge'),
      { 'prod/db.tf': ORDERS },
    ],
    [
      'a value that would break out',
      'not-supported',
      downgrade('aws_db_instance.orders', 'db.r6g.xlarge', 'x"\n${y}'),
      { 'prod/db.tf': ORDERS },
    ],
    [
      'a database that shrinks',
      'not-supported',
      {
        kind: 'change-storage-tier',
        resource: { system: 'terraform', address: 'aws_db_instance.orders' },
        sizeGib: { from: 100, to: 50 },
      },
      { 'prod/db.tf': ORDERS },
    ],
    [
      'a disk that would be lost',
      'not-supported',
      {
        kind: 'change-storage-tier',
        resource: { system: 'terraform', address: 'google_compute_disk.a' },
        tier: { from: 'pd-ssd', to: 'pd-standard' },
      },
      {
        'prod/a.tf':
          'resource "google_compute_disk" "a" {\n  type = "pd-ssd"\n}\n',
      },
    ],
    [
      'an unknown type',
      'not-supported',
      downgrade('aws_thing.orders'),
      { 'prod/db.tf': ORDERS.replace('aws_db_instance', 'aws_thing') },
    ],
    [
      'no such resource',
      'not-managed',
      downgrade('aws_db_instance.carts'),
      { 'prod/db.tf': ORDERS },
    ],
    ['no code at all', 'not-managed', downgrade(), { 'prod/readme.md': '' }],
    [
      'broken code',
      'parse-error',
      downgrade(),
      { 'prod/db.tf': ORDERS, 'prod/x.tf': 'resource "a" {' },
    ],
    [
      'broken values',
      'parse-error',
      downgrade(),
      { 'prod/db.tf': ORDERS, 'prod/terraform.tfvars': 'a = ' },
    ],
    [
      'not UTF-8',
      'unsupported-encoding',
      downgrade(),
      { 'prod/db.tf': ORDERS, 'prod/x.tf': new Uint8Array([0xff, 0xfe, 0x41]) },
    ],
    [
      'overrides',
      'not-supported',
      downgrade(),
      { 'prod/db.tf': ORDERS, 'prod/db_override.tf': '' },
    ],
    [
      'Terraform in JSON',
      'not-supported',
      downgrade(),
      { 'prod/db.tf': ORDERS, 'prod/x.tf.json': '{}' },
    ],
    [
      'Terragrunt',
      'not-supported',
      downgrade(),
      { 'prod/db.tf': ORDERS, 'prod/terragrunt.hcl': '' },
    ],
  ];

  it.each(cases)('%s is refused as %s', async (_, code, action, files) => {
    const refusal = refused(
      await planChange(
        resourceTarget(action as Parameters<typeof resourceTarget>[0], 'prod'),
        RATIONALE,
        snapshotOf(files),
      ),
    );
    expect(refusal.code).toBe(code);
    expect(refusal.reason).not.toBe('');
  });

  it('a file that was formatted and would not be any more', async () => {
    const seen: string[] = [];
    const worse: Formatter = async text => {
      seen.push(new TextDecoder().decode(text));
      return seen.length === 1 ? 'formatted' : 'unformatted';
    };
    expect(
      refused(
        await change({ 'prod/db.tf': ORDERS }, downgrade(), 'prod', {
          formatter: worse,
        }),
      ),
    ).toMatchObject({
      code: 'proof-failed',
      reason: expect.stringContaining('terraform fmt'),
    });
    expect(seen[0]).toBe(ORDERS);
    const without = planned(
      await change({ 'prod/db.tf': ORDERS }, downgrade(), 'prod', {
        formatter: async () => 'unavailable',
      }),
    );
    expect(
      without.proof.checks.find(({ name }) => name === 'format'),
    ).toMatchObject({ outcome: 'skipped' });
  });
});

describe('tags', () => {
  const tag = (address: string, tags: Record<string, string>) =>
    ({
      kind: 'enforce-tags',
      resource: { system: 'terraform', address },
      tags,
    } as const);
  const wanted = { owner: 'shop', 'cost:center': 'a "b" ${c}', team: 'x' };

  it.each([
    [
      'lines of their own below those that are there',
      '  tags = {\n    owner = "shop" # known\n  }\n',
      `  tags = {\n    owner = "shop" # known\n    ${REASON}\n    "cost:center" = "a \\"b\\" $\${c}"\n    "team"        = "x"\n  }\n`,
    ],
    [
      'the line of a map that has one',
      '  tags = { owner = "data" }\n',
      `  ${REASON}\n  tags = { owner = "shop", "cost:center" = "a \\"b\\" $\${c}", "team" = "x" }\n`,
    ],
    [
      'an empty map',
      '  tags = {}\n',
      `  ${REASON}\n  tags = { "owner" = "shop", "cost:center" = "a \\"b\\" $\${c}", "team" = "x" }\n`,
    ],
    [
      'a map that is added',
      '  bucket = "a"\n',
      `  bucket = "a"\n\n  ${REASON}\n  tags = {\n    "owner"       = "shop"\n    "cost:center" = "a \\"b\\" $\${c}"\n    "team"        = "x"\n  }\n`,
    ],
  ])('go to %s', async (_, before, now) => {
    const files = {
      'prod/a.tf': `resource "aws_ebs_volume" "a" {\n${before}}\n`,
    };
    const action = tag('aws_ebs_volume.a', wanted);
    const changed = await after(files, action, 'prod', { formatter });
    expect(changed['prod/a.tf']).toBe(
      `resource "aws_ebs_volume" "a" {\n${now}}\n`,
    );
  });

  it('are labels on Google Cloud, and lie where the variable is given', async () => {
    const files = {
      'prod/a.tf':
        'resource "google_compute_disk" "a" {\n  labels = var.labels\n}\nvariable "labels" {}\n',
      'prod/terraform.tfvars.json': '{\n  "labels": {\n    "a": "b"\n  }\n}\n',
    };
    const changed = await after(
      files,
      tag('google_compute_disk.a', { team: 'x' }),
    );
    expect(changed).toEqual({
      'prod/terraform.tfvars.json':
        '{\n  "labels": {\n    "a": "b",\n    "team": "x"\n  }\n}\n',
    });
  });

  it('are text, never templates, names and values alike', async () => {
    const files = { 'prod/a.tf': 'resource "aws_x" "a" {\n  tags = {}\n}\n' };
    const changed = await after(
      files,
      tag('aws_x.a', { '${local.x}': '%{ if true }"' }),
    );
    expect(changed['prod/a.tf']).toContain(
      'tags = { "$${local.x}" = "%%{ if true }\\"" }',
    );
  });

  it('are not guessed: merged maps, types that may have none, what is there already', async () => {
    const code = async (text: string, tags: Record<string, string>) =>
      refused(await change({ 'prod/a.tf': text }, tag('aws_x.a', tags))).code;
    const block = (body: string) => `resource "aws_x" "a" {\n${body}}\n`;
    expect(
      await code(block('  tags = merge(var.a, { b = "c" })\n'), { b: 'd' }),
    ).toBe('template');
    expect(await code(block('  a = 1\n'), { b: 'd' })).toBe('value-not-found');
    expect(await code(block('  tags = { b = "d" }\n'), { b: 'd' })).toBe(
      'already-done',
    );
    expect(await code(block('  tags = { b = "d" }\n'), { b: 'd\n' })).toBe(
      'not-supported',
    );
  });
});
