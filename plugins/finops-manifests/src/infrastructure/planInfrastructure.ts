import type {
  ChangePlan,
  InfrastructureRef,
  PlannedFile,
  PlannedObject,
} from '@apexlogic/backstage-plugin-finops-common';
import { sha256, spliceBytes } from '../applySplices';
import {
  createRepositoryReader,
  RepositoryReader,
} from '../kubernetes/repositoryReader';
import { planHash, planIdentity } from '../planHash';
import type {
  Ambiguous,
  InfrastructureLocation,
  InfrastructureTarget,
  NotManaged,
  PlanRefusal,
  PlanResult,
  Rationale,
  RepositorySnapshot,
} from '../types';
import { unifiedDiff } from '../unifiedDiff';
import { differingPointers, leavesOf } from '../yaml/leaves';
import { decodeSource } from '../yaml/sourceText';
import { checkFormat, Formatter } from './checkFormat';
import { checkTokens } from './checkTokens';
import { openResource } from './openResource';
import type { Edited, Opened, OpenedResource } from './types';
import { wantedOfResource } from './wantedValues';

const MAX_NAMED = 5;

/** Finds the resource of an action in infrastructure code. */
export async function locateInfrastructure(
  { action, path }: InfrastructureTarget,
  reader: RepositoryReader,
): Promise<InfrastructureLocation | Ambiguous | NotManaged> {
  const opened = await openResource(action.resource, path, reader);
  return opened.kind === 'opened'
    ? {
        kind: 'infrastructure',
        path: opened.path,
        root: opened.root,
        object: objectOf(opened),
      }
    : opened;
}

/** From an action on a cloud resource to a proven plan, or why there is none. */
export async function planInfrastructure(
  target: InfrastructureTarget,
  rationale: Rationale,
  snapshot: RepositorySnapshot,
  reader: RepositoryReader,
  options: { readonly formatter?: Formatter } = {},
): Promise<PlanResult> {
  const { action, path } = target;
  const allowSharedBase = target.allowSharedBase === true;
  const opened = await openResource(action.resource, path, reader);
  switch (opened.kind) {
    case 'opened':
      break;
    case 'ambiguous':
      return refuse('ambiguous', opened.reason);
    default:
      return refuse(opened.code ?? 'not-managed', opened.reason);
  }
  const wanted = wantedOfResource(action, opened.type);
  if (wanted.kind === 'refused') {
    return wanted;
  }
  const edited = opened.edit(wanted, { rationale, allowSharedBase });
  if (edited.kind === 'refused') {
    return edited;
  }
  const files = plannedFiles(edited, opened);
  const changed = await openChanged(action.resource, path, files, snapshot);
  const effects = effectsOf(opened, changed, edited);
  if (effects.unintended.length > 0) {
    return refuse(
      'proof-failed',
      `It would also change ${listed(effects.unintended)}`,
    );
  }
  if (effects.others.length > 0 && !allowSharedBase) {
    return refuse(
      'shared-base',
      `The same value is used by ${listed(
        effects.others,
      )}, which would change too`,
    );
  }
  const notes = [
    ...edited.notes,
    ...(effects.others.length > 0
      ? [`${listed(effects.others)} changes with it.`]
      : []),
    ...(effects.outputs.length > 0
      ? [`${listed(effects.outputs)} says something else afterwards.`]
      : []),
  ];
  const draft: Omit<ChangePlan, 'proof'> = {
    hash: planHash(snapshot.repository, snapshot.baseSha, files),
    identity: planIdentity({
      repository: snapshot.repository,
      path: opened.root,
      object: objectOf(opened),
      action,
    }),
    repository: snapshot.repository,
    baseSha: snapshot.baseSha,
    files,
    changes: edited.changes,
    objects: plannedObjects(opened, effects.others, target),
    ...(notes.length > 0 && { notes }),
  };
  const proof = await proveOpened(
    draft,
    { before: opened, after: changed, allowSharedBase },
    snapshot,
    options.formatter,
  );
  if (!proof.proven) {
    return refuse(
      'proof-failed',
      proof.checks
        .filter(check => check.outcome === 'failed')
        .map(check => `${check.name}: ${check.detail}`)
        .join('; '),
    );
  }
  return { kind: 'planned', plan: { ...draft, proof } };
}

/** Proves a plan for infrastructure code on the files it was made for. */
export async function proveInfrastructure(
  plan: Omit<ChangePlan, 'proof'>,
  target: InfrastructureTarget,
  snapshot: RepositorySnapshot,
  formatter?: Formatter,
): Promise<ChangePlan['proof']> {
  const { action, path, allowSharedBase = false } = target;
  const reader = createRepositoryReader(snapshot);
  const before = await openResource(action.resource, path, reader);
  const after = await openChanged(action.resource, path, plan.files, snapshot);
  return proveOpened(
    plan,
    { before, after, allowSharedBase },
    snapshot,
    formatter,
  );
}

async function proveOpened(
  plan: Omit<ChangePlan, 'proof'>,
  {
    before,
    after,
    allowSharedBase,
  }: {
    readonly before: Opened;
    readonly after: Opened;
    readonly allowSharedBase: boolean;
  },
  snapshot: RepositorySnapshot,
  formatter: Formatter | undefined,
): Promise<ChangePlan['proof']> {
  const checks: ChangePlan['proof']['checks'][number][] = [
    await checkTokens(plan.files, snapshot),
    {
      name: 'schema',
      outcome: 'skipped',
      detail: 'The schemas of cloud resources are not at hand offline',
    },
    checkValues(plan, before, after, allowSharedBase),
    await checkFormat(plan.files, snapshot, formatter),
  ];
  return {
    proven: checks.every(({ outcome }) => outcome !== 'failed'),
    checks,
  };
}

function checkValues(
  plan: Pick<ChangePlan, 'changes'>,
  before: Opened,
  after: Opened,
  allowSharedBase: boolean,
): ChangePlan['proof']['checks'][number] {
  const failed = (detail: string) => ({
    name: 're-extract' as const,
    outcome: 'failed' as const,
    detail,
  });
  if (before.kind !== 'opened' || after.kind !== 'opened') {
    return failed('The resource is not found any more');
  }
  const { unintended, others } = effectsOf(before, after, plan);
  const unwanted = [...unintended, ...(allowSharedBase ? [] : others)];
  if (unwanted.length > 0) {
    return failed(`Looked up again, ${listed(unwanted)} changed too`);
  }
  for (const { object, pointer, after: wanted } of plan.changes) {
    const view = after.viewOf(object.name);
    const leaf = view && leavesOf(view.object).get(pointer);
    if (String(leaf) !== String(wanted)) {
      return failed(
        `Looked up again, ${object.name} says ${leaf} at ${pointer}`,
      );
    }
  }
  return {
    name: 're-extract',
    outcome: 'passed',
    detail: `Looked up again, ${plan.changes.length} values are as wanted; of ${after.surroundings.size} things declared nothing else differs`,
  };
}

/** Everything that says something else after a change. */
function effectsOf(
  before: OpenedResource,
  after: Opened,
  { changes }: Pick<Edited, 'changes'>,
): {
  /** Fields of the resource itself that nobody asked for. */
  readonly unintended: readonly string[];
  readonly others: readonly string[];
  readonly outputs: readonly string[];
} {
  if (after.kind !== 'opened') {
    return {
      unintended: [`${before.type}, which is not found any more`],
      others: [],
      outputs: [],
    };
  }
  const unintended: string[] = [];
  const others: string[] = [];
  const outputs: string[] = [];
  const targets = before.views.map(({ address }) => address);
  const addresses = new Set([
    ...before.surroundings.keys(),
    ...after.surroundings.keys(),
  ]);
  const intended = new Set(
    changes.map(({ pointer }) => pointer.replace(/^\/spec/, '')),
  );
  for (const address of addresses) {
    const differing = differingPointers(
      leavesOf(before.surroundings.get(address)),
      leavesOf(after.surroundings.get(address)),
    );
    if (differing.length === 0) {
      continue;
    }
    if (targets.includes(address)) {
      unintended.push(
        ...differing
          .filter(pointer => !intended.has(pointer))
          .map(pointer => `${address} at ${pointer}`),
      );
    } else if (before.isOutput(address)) {
      outputs.push(address);
    } else {
      others.push(address);
    }
  }
  return { unintended, others, outputs };
}

function plannedFiles(
  { edits }: Edited,
  opened: OpenedResource,
): PlannedFile[] {
  return [...new Set(edits.map(({ path }) => path))].sort().map(path => {
    const { bytes, text } = opened.source(path);
    const splices = edits
      .filter(edit => edit.path === path)
      .sort((a, b) => a.start - b.start || a.end - b.end)
      .map(edit => ({
        start: text.byteOffset(edit.start),
        end: text.byteOffset(edit.end),
        text: edit.text,
      }));
    const after = spliceBytes(bytes, splices);
    const afterText = after && decodeSource(after)?.wholeText;
    if (!after || afterText === undefined) {
      throw new Error(`The edits of ${path} overlap`);
    }
    return {
      path,
      beforeSha256: sha256(bytes),
      afterSha256: sha256(after),
      splices,
      diff: unifiedDiff(path, text.wholeText, afterText),
    };
  });
}

async function openChanged(
  ref: InfrastructureRef,
  path: string | undefined,
  files: readonly PlannedFile[],
  snapshot: RepositorySnapshot,
) {
  const after = new Map<string, Uint8Array>();
  for (const file of files) {
    const bytes = spliceBytes(await snapshot.read(file.path), file.splices);
    after.set(file.path, bytes!);
  }
  return openResource(
    ref,
    path,
    createRepositoryReader({
      ...snapshot,
      read: async each => after.get(each) ?? snapshot.read(each),
    }),
  );
}

function plannedObjects(
  opened: OpenedResource,
  others: readonly string[],
  { action: { resource }, path }: InfrastructureTarget,
): PlannedObject[] {
  const addresses = [...opened.views.map(({ address }) => address), ...others];
  return addresses.flatMap(address => {
    const view = opened.viewOf(address);
    return view
      ? [
          {
            object: {
              apiVersion: view.object.apiVersion,
              kind: view.object.kind,
              name: address,
            },
            infrastructure: { resource, path, root: opened.root },
          },
        ]
      : [];
  });
}

function objectOf({ views }: OpenedResource) {
  const [{ object }] = views;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
  };
}

function listed(items: readonly string[]): string {
  const more = items.length - MAX_NAMED;
  return (
    items.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
  );
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
