import { planChange } from '../../planChange';
import {
  filesAfter,
  planned,
  RATIONALE,
  refused,
  resourceTarget,
  snapshotOf,
} from '../../testUtils';

type Action = Parameters<typeof resourceTarget>[0];
type Contents = Readonly<Record<string, string>>;

const SCHEMA =
  'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';

const TEMPLATE = `{
  "$schema": "${SCHEMA}",
  // sizes are given by the files of parameters
  "parameters": {
    "vmSize": { "type": "string", "defaultValue": "Standard_D4s_v5", "allowedValues": ["Standard_D4s_v5", "Standard_D2s_v5"] },
    "name": { "type": "string", "defaultValue": "orders" }
  },
  "variables": { "sku": "Premium_LRS" },
  "resources": [
    {
      "type": "Microsoft.Compute/virtualMachines",
      "name": "[parameters('name')]", /* läuft */
      "tags": {
        "owner": "shop"
      },
      "properties": { "hardwareProfile": { "vmSize": "[parameters('vmSize')]" } }
    },
    {
      "type": "Microsoft.Compute/disks",
      "name": "data",
      "sku": { "name": "[variables('sku')]" },
      "properties": { "diskSizeGB": 128 }
    }
  ]
}
`;

const parameters = (size: string) =>
  `{\r\n  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",\r\n  "parameters": { "vmSize": { "value": "${size}" } }\r\n}\r\n`;

const rightsize: Action = {
  kind: 'rightsize',
  resource: {
    system: 'arm',
    address: 'Microsoft.Compute/virtualMachines/orders',
  },
  instanceType: { from: 'Standard_D4s_v5', to: 'Standard_D2s_v5' },
};
const disk: Action = {
  kind: 'change-storage-tier',
  resource: { system: 'arm', address: 'microsoft.compute/disks/Data' },
  sizeGib: { from: 128, to: 256 },
  tier: { from: 'Premium_LRS', to: 'StandardSSD_LRS' },
};

function change(files: Contents, action: Action, path = 'azure') {
  return planChange(resourceTarget(action, path), RATIONALE, snapshotOf(files));
}

async function after(files: Contents, action: Action, path?: string) {
  return filesAfter(await change(files, action, path), snapshotOf(files));
}

const files = { 'azure/vm.json': TEMPLATE };

it('edits values, defaults and variables in place, comments and all', async () => {
  expect(await after(files, rightsize)).toEqual({
    'azure/vm.json': TEMPLATE.replace(
      '"defaultValue": "Standard_D4s_v5"',
      '"defaultValue": "Standard_D2s_v5"',
    ),
  });
  expect(await after(files, disk)).toEqual({
    'azure/vm.json': TEMPLATE.replace('128', '256').replace(
      'Premium_LRS',
      'StandardSSD_LRS',
    ),
  });
  const plan = planned(await change(files, disk));
  expect(plan.changes.map(({ pointer }) => pointer)).toEqual([
    '/spec/properties/diskSizeGB',
    '/spec/sku/name',
  ]);
  expect(plan.notes).toContainEqual(expect.stringContaining('restarts'));
  expect(
    await after(files, {
      kind: 'enforce-tags',
      resource: rightsize.resource,
      tags: { team: 'x' },
    }),
  ).toEqual({
    'azure/vm.json': TEMPLATE.replace(
      '"owner": "shop"\n',
      '"owner": "shop",\n        "team": "x"\n',
    ),
  });
});

it('edits the file of parameters that gives the value; one of two must be named', async () => {
  const prod = parameters('Standard_D4s_v5');
  const given = { ...files, 'azure/vm.parameters.json': prod };
  expect(await after(given, rightsize)).toEqual({
    'azure/vm.parameters.json': prod.replace('D4s', 'D2s'),
  });
  const two = {
    ...given,
    'azure/vm.dev.parameters.json': parameters('Standard_B2s'),
  };
  expect(refused(await change(two, rightsize)).code).toBe('ambiguous');
  expect(
    await after(two, rightsize, 'azure/vm.parameters.json'),
  ).toHaveProperty(['azure/vm.parameters.json']);
});

it.each([
  [
    'an expression',
    'template',
    rightsize,
    {
      'azure/vm.json': TEMPLATE.replace(
        `"[parameters('vmSize')]"`,
        `"[concat('Standard_', parameters('vmSize'))]"`,
      ),
    },
  ],
  [
    'a key vault',
    'template',
    rightsize,
    {
      ...files,
      'azure/vm.parameters.json': parameters('x').replace(
        '"value": "x"',
        '"reference": {}',
      ),
    },
  ],
  [
    'a copy loop',
    'template',
    rightsize,
    {
      'azure/vm.json': TEMPLATE.replace(
        '/* läuft */',
        '"copy": { "name": "c", "count": 3 },',
      ),
    },
  ],
  [
    'a value that is not allowed',
    'not-supported',
    {
      ...rightsize,
      instanceType: { from: 'Standard_D4s_v5', to: 'Standard_B1s' },
    } as Action,
    files,
  ],
  [
    'a variable that others read',
    'shared-base',
    disk,
    {
      'azure/vm.json': TEMPLATE.replace(
        '"owner": "shop"',
        `"owner": "[variables('sku')]"`,
      ),
    },
  ],
  [
    'a disk that shrinks',
    'not-supported',
    { ...disk, sizeGib: { from: 128, to: 64 } } as Action,
    files,
  ],
  [
    'a tag that would be an expression',
    'not-supported',
    {
      kind: 'enforce-tags',
      resource: rightsize.resource,
      tags: { team: "[parameters('x')]" },
    } as Action,
    files,
  ],
  [
    'Bicep',
    'not-supported',
    rightsize,
    { 'azure/vm.bicep': 'resource vm ...' },
  ],
  [
    'the same name twice',
    'ambiguous',
    rightsize,
    { ...files, 'azure/copy.json': TEMPLATE },
  ],
  [
    'no such resource',
    'not-managed',
    {
      ...rightsize,
      resource: {
        system: 'arm',
        address: 'Microsoft.Compute/virtualMachines/carts',
      },
    } as Action,
    files,
  ],
  [
    'broken JSON',
    'parse-error',
    rightsize,
    {
      'azure/vm.json': TEMPLATE.replace(
        '"resources": [',
        '"resources": [[',
      ).replace('"orders"', '"orders",,'),
    },
  ],
] as [string, string, Action, Contents][])(
  '%s is refused as %s',
  async (_, code, action, contents) => {
    expect(refused(await change(contents, action)).code).toBe(code);
  },
);
