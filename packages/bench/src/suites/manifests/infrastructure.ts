import { spawnSync } from 'node:child_process';
import { posix } from 'node:path';
import { InfrastructureAction } from '@apexlogic/backstage-plugin-finops-common';
import { planChange } from '@apexlogic/backstage-plugin-finops-manifests';
import { ScannedAttribute, scanAttributes } from './hclScanner';
import { applied, RATIONALE } from './judgePlan';
import { Repository } from './repository';
import { Judgement } from './types';

/** One action on one Terraform resource. */
export interface AskedOfResource {
  readonly address: string;
  readonly path: string;
  readonly name: string;
  readonly action: InfrastructureAction;
  /** The attribute it is about, its text, and what the value is to become. */
  readonly attribute: ScannedAttribute;
  readonly to: string;
}

const INSTANCES = [
  'instance_type',
  'machine_type',
  'azurerm_linux_virtual_machine.size',
  'azurerm_windows_virtual_machine.size',
];
const CLASSES = [
  'instance_class',
  'node_type',
  'sku_name',
  'google_sql_database_instance.tier',
];
const SIZES = [
  'allocated_storage',
  'disk_size_gb',
  'volume_size',
  'aws_ebs_volume.size',
  'google_compute_disk.size',
];
const TIERS = [
  'storage_type',
  'storage_account_type',
  'volume_type',
  'aws_ebs_volume.type',
];
/** A tag that no repository sets. */
const TAG = 'finops-bench';

/** Every action that an attribute of a Terraform resource can be asked for. */
export function actionsForTerraform({ files }: Repository): AskedOfResource[] {
  return [...files].flatMap(([path, bytes]) => {
    if (!path.endsWith('.tf')) {
      return [];
    }
    const attributes = attributesOf(bytes) ?? [];
    const folder = [...files]
      .filter(
        ([each]) =>
          posix.dirname(each) === posix.dirname(path) &&
          /\.(tf|tfvars)$/.test(each),
      )
      .flatMap(([, content]) => attributesOf(content) ?? []);
    const resources = new Map<string, ScannedAttribute[]>();
    for (const attribute of attributes) {
      const [, address] = /^resource (\S+ \S+) \/ /.exec(attribute.place) ?? [];
      if (address && /^(aws|google|azurerm)_/.test(address)) {
        resources.set(address, [...(resources.get(address) ?? []), attribute]);
      }
    }
    return [...resources].flatMap(([key, own]) =>
      askedOf(key.replace(' ', '.'), path, own, folder),
    );
  });
}

function askedOf(
  address: string,
  path: string,
  attributes: readonly ScannedAttribute[],
  folder: readonly ScannedAttribute[],
): AskedOfResource[] {
  const resource = { system: 'terraform', address } as const;
  const workload = `cloud/bench/Resource/${address}`;
  const asked = attributes.flatMap((attribute): AskedOfResource[] => {
    const name = attribute.place.split(' / ').at(-1)!;
    const given = placesOf(attribute)
      .reverse()
      .map(place => folder.find(each => each.place === place)?.text)
      .find(text => text !== undefined);
    const from = (given ?? attribute.text).replace(/^"(.*)"$/, '$1');
    const text = { from, to: 'other-1' };
    const number = { from: Number(from), to: Number(from) + 7 };
    const base = { address, path, name, attribute };
    const ask = (action: InfrastructureAction, to: string | number) => [
      { ...base, action, to: String(to) },
    ];
    const isOneOf = (names: readonly string[]) =>
      names.includes(name) ||
      names.includes(`${address.split('.')[0]}.${name}`);
    const isNumber = Number.isFinite(number.from);
    if (isOneOf(INSTANCES)) {
      return ask(
        { kind: 'rightsize', workload, resource, instanceType: text },
        text.to,
      );
    }
    if (isOneOf(CLASSES)) {
      return ask(
        { kind: 'downgrade-database', workload, resource, instanceClass: text },
        text.to,
      );
    }
    if (name === 'memory_size_gb' && isNumber) {
      return ask(
        { kind: 'downgrade-database', workload, resource, memoryGib: number },
        number.to,
      );
    }
    if (isOneOf(SIZES) && isNumber) {
      return ask(
        { kind: 'change-storage-tier', workload, resource, sizeGib: number },
        number.to,
      );
    }
    return isOneOf(TIERS)
      ? ask(
          { kind: 'change-storage-tier', workload, resource, tier: text },
          text.to,
        )
      : [];
  });
  const tagged = address.startsWith('google_') ? 'labels' : 'tags';
  const place = `resource ${address.replace('.', ' ')} / ${tagged}`;
  return [
    ...asked,
    {
      address,
      path,
      name: tagged,
      action: {
        kind: 'enforce-tags',
        workload,
        resource,
        tags: { [TAG]: 'yes' },
      },
      attribute: attributes.find(each => each.place === place) ?? {
        place,
        text: '',
      },
      to: TAG,
    },
  ];
}

/** Plans one action and judges the plan without the product. */
export async function judgeTerraform(
  asked: AskedOfResource,
  repository: Repository,
): Promise<Judgement> {
  const result = await planChange(
    {
      workload: {
        cluster: 'cloud',
        namespace: 'bench',
        kind: 'Resource',
        name: asked.address,
      },
      action: asked.action,
      path: posix.dirname(asked.path),
    },
    RATIONALE,
    repository.snapshot,
  );
  if (result.kind === 'refused') {
    return result;
  }
  const after = applied(result.plan.files, repository);
  const differing: { place: string; was: string; is: string }[] = [];
  for (const { path } of result.plan.files) {
    const [was, is] = [repository.files, after].map(files =>
      attributesOf(files.get(path)!),
    );
    if (!was || !is) {
      return wrong(`${path} cannot be read any more`);
    }
    const places = new Set([...was, ...is].map(({ place }) => place));
    for (const place of places) {
      const [old, now] = [was, is].map(list =>
        list
          .filter(each => each.place === place)
          .map(({ text }) => text)
          .join('\n'),
      );
      if (old !== now) {
        differing.push({ place, was: old, is: now });
      }
    }
    const stray = strayLine(
      asked,
      repository.files.get(path)!,
      after.get(path)!,
    );
    if (stray !== undefined) {
      return wrong(`${path} also changes the line: ${stray}`);
    }
    if (formatOf(after.get(path)!) > formatOf(repository.files.get(path)!)) {
      return wrong(`${path} is not formatted any more`);
    }
  }
  const [only] = differing;
  if (differing.length !== 1) {
    return wrong(`${differing.length} attributes differ`);
  }
  const expected = placesOf(asked.attribute);
  if (!expected.some(place => only.place.startsWith(place))) {
    return wrong(`${only.place} became ${only.is}`);
  }
  return only.is.includes(asked.to) && !only.was.includes(asked.to)
    ? { kind: 'exact' }
    : wrong(`${only.place} became ${only.is}`);
}

/** Where a value may be changed: at the attribute, or where the variable or local that it names is given. */
function placesOf({ place, text }: ScannedAttribute): string[] {
  const [, head, name] = /^(var|local)\.([\w-]+)/.exec(text) ?? [];
  switch (head) {
    case 'var':
      return [`variable ${name} / default`, name];
    case 'local':
      return [`locals / ${name}`];
    default:
      return [place];
  }
}

/** Lines may go that hold the old value, and come that hold the new one, a reason, or the braces of a map. */
function strayLine(
  { to }: AskedOfResource,
  before: Uint8Array,
  after: Uint8Array,
): string | undefined {
  const [old, now] = [before, after].map(bytes =>
    new TextDecoder().decode(bytes).split('\n'),
  );
  const gone = old.filter(line => !now.includes(line));
  const come = now.filter(line => !old.includes(line));
  const isExpected = (line: string) =>
    line.includes(to) ||
    line.trim().startsWith(`# ${RATIONALE.prefix}/optimisation-reason`) ||
    /^\s*((tags|labels) = \{|\}|)\s*$/.test(line);
  return gone.length > 1 ? gone[1] : come.find(line => !isExpected(line));
}

function attributesOf(bytes: Uint8Array): ScannedAttribute[] | undefined {
  try {
    return scanAttributes(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** Exit code of Terraform's own check: 0 formatted, 3 not, 2 broken; the same for all where it is not installed. */
function formatOf(input: Uint8Array): number {
  return spawnSync('terraform', ['fmt', '-check', '-'], { input }).status ?? 0;
}

function wrong(reason: string): Judgement {
  return { kind: 'wrong', reason };
}
