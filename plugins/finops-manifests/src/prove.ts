import type {
  ChangePlan,
  FieldChange,
  Proof,
  ProofCheck,
} from '@apexlogic/backstage-plugin-finops-common';
import { applyPlan } from './applySplices';
import { extractIn } from './extract';
import { Formatter } from './infrastructure/checkFormat';
import { proveInfrastructure } from './infrastructure/planInfrastructure';
import { DesiredState } from './kubernetes/desiredState';
import {
  ManifestFile,
  objectAt,
  parseManifestFile,
} from './kubernetes/manifestFile';
import { compareBuilds, ExpectedObject } from './compareBuilds';
import { objectKey, parsePlain } from './kubernetes/built';
import { createKubectlRenderer, Renderer } from './kubernetes/render';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import { scopeOf } from './kubernetes/resolveWorkload';
import {
  createObjectValidator,
  ObjectValidator,
} from './kubernetes/validateObject';
import {
  chartParts,
  checkChartRender,
  checkChartSchemas,
} from './helm/proveCharts';
import { createHelmRenderer, HelmRenderer } from './helm/renderWithHelm';
import { relocated } from './helm/relocate';
import { withOpened } from './helm/embeddedYaml';
import { sameTemplate } from './helm/sameTemplate';
import { isSameObject, PlannedPart, plannedParts } from './plannedParts';
import { parseQuantity } from './quantity';
import { failed, listed, passed, skipped } from './proofChecks';
import { rationaleFields } from './rationale';
import type {
  FieldTarget,
  InfrastructureLocation,
  InfrastructureTarget,
  Location,
  Rationale,
  RepositorySnapshot,
} from './types';
import { differingPointers, leavesOf } from './yaml/leaves';

/** @public */
export interface ProveOptions {
  /** Builds kustomizations for the rendered proof; `kubectl kustomize` when absent. */
  readonly renderer?: Renderer;
  /** Renders charts for the rendered proof; `helm template` when absent. */
  readonly helmRenderer?: HelmRenderer;
  /** A validator to be kept over many plans; a new one when absent. */
  readonly validator?: ObjectValidator;
  /** Tells whether Terraform files are formatted; `terraform fmt` when absent. */
  readonly formatter?: Formatter;
}

/** What a plan was made from. @public */
export interface ProveContext {
  readonly target: FieldTarget | InfrastructureTarget;
  readonly location: Location | InfrastructureLocation;
  readonly rationale: Rationale;
}

interface Intent {
  readonly target: FieldTarget;
  readonly rationale: Rationale;
  readonly parts: readonly PlannedPart[];
}

/**
 * Proves a plan on the files it was made for: only the intended pointers differ, no schema is newly
 * violated, the new values are found by looking again, and the built manifests differ by nothing else.
 * Of infrastructure code: no leaf of the syntax tree but the intended ones differs, nothing else that is
 * declared says something else, and what `terraform fmt` had nothing to change in stays so.
 *
 * @public
 */
export async function prove(
  plan: Omit<ChangePlan, 'proof'>,
  context: ProveContext,
  snapshot: RepositorySnapshot,
  options: ProveOptions = {},
): Promise<Proof> {
  const { location, rationale } = context;
  if (location.kind === 'infrastructure') {
    return proveInfrastructure(
      plan,
      context.target as InfrastructureTarget,
      snapshot,
      options.formatter,
    );
  }
  const target = context.target as FieldTarget;
  const planned = plannedParts(target, location);
  if (planned.kind === 'refused') {
    return {
      proven: false,
      checks: [
        { name: 're-extract', outcome: 'failed', detail: planned.reason },
      ],
    };
  }
  return proveIn(
    plan,
    { target, rationale, parts: planned.parts },
    snapshot,
    createRepositoryReader(snapshot),
    options,
  );
}

/** {@link prove} over a reader that other steps use too. */
export async function proveIn(
  plan: Omit<ChangePlan, 'proof'>,
  intent: Intent,
  snapshot: RepositorySnapshot,
  reader: RepositoryReader,
  options: ProveOptions,
): Promise<Proof> {
  const applied = await applyPlan(plan, snapshot);
  const after = new Map(applied.map(file => [file.path, file.after]));
  const original = new Map(applied.map(file => [file.path, file.before]));
  const changed = createRepositoryReader({
    ...snapshot,
    paths: [...new Set([...snapshot.paths, ...after.keys()])],
    read: async path => after.get(path) ?? snapshot.read(path),
  });
  const validator = options.validator ?? createObjectValidator();
  const checks = [checkReparse(plan, original, after)];
  const charted = await chartParts(
    intent.parts,
    scopeOf(intent.target.path),
    reader,
    changed,
  );
  if (typeof charted === 'string') {
    checks.push(failed('re-extract', charted));
    return { proven: false, checks };
  }
  checks.push(
    worstOf('schema', [
      ...(charted.length < intent.parts.length
        ? [checkSchema(plan, original, after, intent, validator)]
        : []),
      ...(charted.length > 0
        ? [await checkChartSchemas(charted, validator, reader)]
        : []),
    ]),
    await checkExtraction(changed, intent),
  );
  if (checks.every(check => check.outcome !== 'failed')) {
    const renders = [
      ...(charted.length < intent.parts.length
        ? [
            await checkRender(
              after,
              intent,
              reader,
              options.renderer ?? createKubectlRenderer(),
            ),
          ]
        : []),
      ...(charted.length > 0
        ? [
            await checkChartRender(
              charted,
              intent.target,
              intent.rationale,
              reader,
              changed,
              options.helmRenderer ?? createHelmRenderer(),
            ),
          ]
        : []),
    ];
    checks.push(worstOf('render', renders));
  }
  return { proven: checks.every(check => check.outcome !== 'failed'), checks };
}

function checkReparse(
  plan: Omit<ChangePlan, 'proof'>,
  original: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array>,
): ProofCheck {
  let documents = 0;
  for (const [path, bytes] of after) {
    const own = plan.changes.filter(change => change.path === path);
    if (own.some(({ object }) => object.kind === 'Template')) {
      const problem = sameTemplate(original.get(path)!, bytes);
      if (problem !== undefined) {
        return failed('reparse', `${path} ${problem}`);
      }
      continue;
    }
    const isNew = plan.files.some(file => file.path === path && file.created);
    const file = parseManifestFile(path, original.get(path)!);
    const [before, now] = [original.get(path)!, bytes].map(parsePlain);
    const expected = isNew ? 1 : before?.length;
    if (!now || !before || now.length !== expected) {
      return failed(
        'reparse',
        `${path} no longer parses to the same documents`,
      );
    }
    for (const [index, document] of now.entries()) {
      const problem = compareDocument(
        path,
        before[index],
        document,
        new Map(
          plan.changes
            .filter(
              change => change.path === path && change.documentIndex === index,
            )
            .map(change => [documentPointer(change, file), change]),
        ),
      );
      if (problem) {
        return problem;
      }
    }
    documents += now.length;
  }
  const fields = plan.changes.length;
  return passed(
    'reparse',
    `${documents} documents read again: ${fields} intended fields differ, nothing else`,
  );
}

/** Fails where a document differs at other pointers than the intended ones, or by other values. */
export function compareDocument(
  path: string,
  before: unknown,
  after: unknown,
  intended: ReadonlyMap<string, FieldChange>,
): ProofCheck | undefined {
  // YAML that stands as text in a value is compared field by field, too.
  const texts = new Set(
    [...intended].flatMap(([pointer, { embedded }]) =>
      embedded === undefined ? [] : pointer.slice(0, -`/|${embedded}`.length),
    ),
  );
  const leaves = {
    before: leavesOf(withOpened(before, texts)),
    after: leavesOf(withOpened(after, texts)),
  };
  const differing = differingPointers(leaves.before, leaves.after);
  const unintended = differing.filter(pointer => !intended.has(pointer));
  if (unintended.length > 0) {
    return failed('reparse', `${path} would also change ${listed(unintended)}`);
  }
  const unmet = [...intended].filter(
    ([pointer, change]) =>
      !differing.includes(pointer) ||
      leaves.after.get(pointer) !== change.after ||
      (change.before !== undefined &&
        leaves.before.get(pointer) !== change.before),
  );
  return unmet.length > 0
    ? failed(
        'reparse',
        `${path} would not say what was planned at ${listed(
          unmet.map(([key]) => key),
        )}`,
      )
    : undefined;
}

function checkSchema(
  plan: Omit<ChangePlan, 'proof'>,
  original: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array>,
  intent: Intent,
  validate: ObjectValidator,
): ProofCheck {
  const checked = new Set<string>();
  const unknown = new Set<string>();
  let present = 0;
  for (const { path, documentIndex, object, pointer } of plan.changes) {
    const [before, now] = [original, after].map(files =>
      parseManifestFile(path, files.get(path)!),
    );
    if (
      before.kind !== 'manifest' ||
      now.kind !== 'manifest' ||
      checked.has(`${path}#${documentIndex}`)
    ) {
      continue;
    }
    checked.add(`${path}#${documentIndex}`);
    const pointers = now.objects
      .filter(item => item.documentIndex === documentIndex)
      .map(item => item.pointer);
    for (const at of pointers) {
      const errors = validate(objectAt(now, documentIndex, at)?.plain);
      const earlier = objectAt(before, documentIndex, at);
      const known = earlier ? validate(earlier.plain) : [];
      if (!errors || !known) {
        unknown.add(`${object.apiVersion} ${object.kind}`);
        continue;
      }
      // A patch is a part of an object: what it leaves out is not missing.
      const isPatch = intent.parts.some(({ location }) =>
        [location, location.rationaleAt].some(
          place =>
            place?.path === path &&
            (place.role === 'patch' || place.role === 'new-patch'),
        ),
      );
      const added = errors.filter(
        error =>
          !known.includes(error) &&
          !(isPatch && error.includes('must have required property')),
      );
      if (added.length > 0) {
        return failed('schema', `${path}: ${listed(added)}`);
      }
      present += known.length;
    }
    if (pointers.length === 0) {
      unknown.add(
        pointer.startsWith('/replicas/') ? 'kustomization' : object.kind,
      );
    }
  }
  if (unknown.size === 0) {
    const note =
      present > 0 ? ` (${present} that were there before remain)` : '';
    return passed(
      'schema',
      `No new violation of the strict Kubernetes schemas${note}`,
    );
  }
  return {
    name: 'schema',
    outcome: 'skipped',
    detail: `No schema for ${[...unknown].join(', ')}`,
  };
}

async function checkExtraction(
  reader: RepositoryReader,
  intent: Intent,
): Promise<ProofCheck> {
  // The last part of an object knows what all of them want of it.
  const last = intent.parts.filter(
    ({ location }, index) =>
      !intent.parts
        .slice(index + 1)
        .some(later => isSameObject(later.location.object, location.object)),
  );
  for (const { part, desired, location } of last) {
    const { path } = intent.target;
    const found = location.sites
      ? await relocated(part, desired, intent.target, reader)
      : await extractIn({ workload: part.object, path }, reader);
    if (found.kind !== 'extracted') {
      return failed(
        're-extract',
        `${part.object.kind} ${part.object.name} is not found any more: ${found.reason}`,
      );
    }
    const [wanted, now] = [desired, found.desired].map(state =>
      leavesOf(comparable(state)),
    );
    const differing = differingPointers(wanted, now);
    if (differing.length > 0) {
      return failed(
        're-extract',
        `Looked up again, the files say something else at ${listed(differing)}`,
      );
    }
  }
  const values = intent.parts.flatMap(({ fields }) => fields).length;
  return passed(
    're-extract',
    `Looked up again, ${values} values are as wanted`,
  );
}

/** Every kustomization that builds an edited object; one that cannot be built proves nothing. */
async function checkRender(
  after: ReadonlyMap<string, Uint8Array>,
  { parts, rationale }: Intent,
  reader: RepositoryReader,
  render: Renderer,
): Promise<ProofCheck> {
  const kustomizations = [
    ...new Set(parts.map(({ location }) => location.kustomization)),
  ].filter(path => path !== undefined);
  if (kustomizations.length === 0) {
    return skipped('render', 'No kustomization builds this file');
  }
  const checks: ProofCheck[] = [];
  for (const kustomization of kustomizations) {
    checks.push(
      await checkBuild(
        kustomization,
        after,
        {
          parts: parts.filter(
            ({ location }) => location.kustomization === kustomization,
          ),
          rationale,
        },
        reader,
        render,
      ),
    );
  }
  return worstOf('render', checks);
}

/** Several checks of a kind as one, with what the worst of them say. */
function worstOf(
  name: ProofCheck['name'],
  checks: readonly ProofCheck[],
): ProofCheck {
  const worst = ['failed', 'skipped', 'passed'] as const;
  const outcome = worst.find(one =>
    checks.some(check => check.outcome === one),
  )!;
  return {
    name,
    outcome,
    detail: checks
      .filter(check => check.outcome === outcome)
      .map(check => check.detail)
      .join('; '),
  };
}

function checkBuild(
  kustomization: string,
  after: ReadonlyMap<string, Uint8Array>,
  { parts, rationale }: Pick<Intent, 'parts' | 'rationale'>,
  reader: RepositoryReader,
  render: Renderer,
): Promise<ProofCheck> {
  const expected = new Map<string, ExpectedObject>();
  for (const { location, fields, carriesRationale } of parts) {
    const key = objectKey(location.object);
    expected.set(key, {
      kind: 'changed',
      fields: [
        ...(expected.get(key)?.fields ?? []),
        ...fields,
        ...(carriesRationale ? rationaleFields(rationale) : []),
      ],
    });
  }
  return compareBuilds({ kustomization, after, expected, reader, render });
}

/** Quantities by amount, containers by name: what is compared is meaning, not spelling. */
function comparable({
  replicas,
  containers,
  autoscaler = {},
  labels = {},
  podLabels = {},
  claim = {},
}: DesiredState): object {
  const amount = (text: string | undefined) =>
    text === undefined ? '' : String(parseQuantity(text)?.nanos ?? text);
  return {
    replicas: replicas ?? '',
    labels,
    podLabels,
    claim: [amount(claim.size), claim.storageClass ?? ''],
    autoscaler: [
      autoscaler.minReplicas,
      autoscaler.maxReplicas,
      autoscaler.follows?.pointer,
      autoscaler.follows?.cpuUtilisationPercent,
      autoscaler.scales?.kind,
      autoscaler.scales?.name,
    ].map(value => value ?? ''),
    containers: Object.fromEntries(
      containers.map(container => [
        container.name,
        [
          container.cpuRequest,
          container.memoryRequest,
          container.cpuLimit,
          container.memoryLimit,
        ].map(amount),
      ]),
    ),
  };
}

/** Fields are told inside their object; in a `kind: List` the object lies deeper in its document. */
export function documentPointer(
  change: FieldChange,
  file: ManifestFile,
): string {
  const { object } = change;
  const found =
    file.kind === 'manifest'
      ? file.objects.find(
          item =>
            item.documentIndex === change.documentIndex &&
            item.kind === object.kind &&
            item.name === object.name &&
            item.namespace === object.namespace,
        )
      : undefined;
  const inside = change.embedded === undefined ? '' : `/|${change.embedded}`;
  return `${found?.pointer ?? ''}${change.pointer}${inside}`;
}
