import Ajv from 'ajv';
import type { ProofCheck } from '@apexlogic/backstage-plugin-finops-common';
import { objectKey, renderedObjects } from '../kubernetes/built';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { ObjectValidator } from '../kubernetes/validateObject';
import type { PlannedPart } from '../plannedParts';
import { parseQuantity } from '../quantity';
import { rationaleAnnotations } from '../rationale';
import type { LocateTarget, Rationale } from '../types';
import { differingPointers, leavesOf, pointerStep } from '../yaml/leaves';
import { inDocument } from './chartSites';
import { ChartWorkload, findChartWorkload } from './findChartWorkload';
import { objectDifferences } from './renderDifferences';
import { helmInput, HelmRenderer } from './renderWithHelm';

/** A part whose object a chart of the repository writes, before and after. */
interface ChartPart {
  readonly part: PlannedPart;
  readonly before: ChartWorkload;
  readonly after: ChartWorkload;
  readonly scope: string;
}

/** The parts of a plan that charts of the repository write, or why one is not found any more. */
export async function chartParts(
  parts: readonly PlannedPart[],
  scope: string,
  reader: RepositoryReader,
  changed: RepositoryReader,
): Promise<readonly ChartPart[] | string> {
  const found: ChartPart[] = [];
  for (const part of parts) {
    const { release } = part.location;
    if (release?.chart === undefined) {
      continue;
    }
    const [before, after] = await Promise.all(
      [reader, changed].map(at =>
        findChartWorkload(part.part.object, scope, at),
      ),
    );
    if (
      before?.kind !== 'chart-workload' ||
      after?.kind !== 'chart-workload' ||
      before.release.id !== after.release.id
    ) {
      return `${part.part.object.kind} ${part.part.object.name} is not written by ${release.id} any more`;
    }
    found.push({ part, before, after, scope });
  }
  return found;
}

/** No new violation of the chart's schema of values, nor of Kubernetes' by what the chart writes. */
export async function checkChartSchemas(
  parts: readonly ChartPart[],
  validate: ObjectValidator,
  reader: RepositoryReader,
): Promise<ProofCheck> {
  const said: string[] = [];
  let unknown = 0;
  for (const { before, after } of parts) {
    const [errors, known] = [after, before].map(({ object }) =>
      validate(object.plain),
    );
    const added = errors?.filter(error => !known?.includes(error)) ?? [];
    if (added.length > 0) {
      return {
        name: 'schema',
        outcome: 'failed',
        detail: `${after.object.kind} ${
          after.object.name
        } would be written with ${added.slice(0, 5).join(', ')}`,
      };
    }
    unknown += errors ? 0 : 1;
    const { schemaPath } = after.chart;
    if (schemaPath === undefined) {
      said.push('the chart has no schema of its values');
      continue;
    }
    const schema = await reader.text(schemaPath);
    const violations = schemaViolations(
      schema ?? '',
      before.values,
      after.values,
    );
    if (typeof violations === 'string') {
      said.push(
        `${schemaPath} is not a schema that can be used: ${violations}`,
      );
    } else if (violations.length > 0) {
      return {
        name: 'schema',
        outcome: 'failed',
        detail: `${schemaPath}: ${violations.slice(0, 5).join(', ')}`,
      };
    } else {
      said.push(`the values keep to ${schemaPath}`);
    }
  }
  return {
    name: 'schema',
    outcome: unknown === parts.length ? 'skipped' : 'passed',
    detail: `${
      unknown === parts.length
        ? 'There is no schema for what the chart writes'
        : 'What the chart writes violates no schema anew'
    }; ${[...new Set(said)].join('; ')}`,
  };
}

function schemaViolations(
  text: string,
  before: unknown,
  after: unknown,
): readonly string[] | string {
  try {
    const schema = JSON.parse(text) as object;
    const validate = new Ajv({
      strict: false,
      allErrors: true,
      validateFormats: false,
      logger: false,
    }).compile({ ...schema, $schema: undefined, $id: undefined });
    const errorsOf = (values: unknown) =>
      validate(values)
        ? []
        : (validate.errors ?? []).map(
            ({ instancePath, message }) => `${instancePath || '/'}: ${message}`,
          );
    const known = errorsOf(before);
    return errorsOf(after).filter(error => !known.includes(error));
  } catch (cause) {
    return (cause as Error).message;
  }
}

/**
 * All that the chart writes, before and after: only the wanted fields may differ. Carried out here in any
 * case, and by Helm itself where it is at hand.
 */
export async function checkChartRender(
  parts: readonly ChartPart[],
  { allowSharedBase }: LocateTarget,
  rationale: Rationale,
  reader: RepositoryReader,
  changed: RepositoryReader,
  renderer: HelmRenderer,
): Promise<ProofCheck> {
  const details: string[] = [];
  let isSkipped = false;
  for (const id of new Set(parts.map(({ before }) => before.release.id))) {
    const own = parts.filter(({ before }) => before.release.id === id);
    const [{ before, after, part }] = own;
    const stray = strayDifference(own, rationale, allowSharedBase === true);
    if (stray !== undefined) {
      return failed(stray);
    }
    const name = `${before.release.id}`;
    const count = after.rendered.objects.length;
    const aside = after.rendered.failed.size;
    const here = `carried out without Helm, ${name} writes ${count} objects, of which only what is wanted differs${
      aside > 0
        ? ` (${aside} templates need more than the repository tells)`
        : ''
    }`;
    const { namespace } = part.part.object;
    const built = [
      await renderer(await helmInput(before, namespace, reader)),
      await renderer(await helmInput(after, namespace, changed)),
    ];
    const [was, is] = built;
    if (was.kind !== 'rendered') {
      isSkipped = true;
      details.push(
        `${
          was.kind === 'failed'
            ? `Helm does not render it without the change either: ${was.reason}`
            : was.reason
        }; ${here}`,
      );
      continue;
    }
    if (is.kind !== 'rendered') {
      return failed(`Helm does not render it any more: ${is.reason}`);
    }
    const problem = strayInHelm(was.text, is.text, own, rationale);
    if (problem !== undefined) {
      return failed(problem);
    }
    details.push(`helm template and this: ${here}`);
  }
  return {
    name: 'render',
    outcome: isSkipped ? 'skipped' : 'passed',
    detail: details.join('; '),
  };
}

function strayDifference(
  parts: readonly ChartPart[],
  rationale: Rationale,
  allowSharedBase: boolean,
): string | undefined {
  const [{ before, after }] = parts;
  const missing = new Set<string>();
  const allowed = new Map<string, string | number>();
  for (const { part, before: own } of parts) {
    const position = positionOf(before, own);
    for (const [pointer, value] of wantedLeaves(
      part,
      own.object.plain,
      rationale,
    )) {
      allowed.set(`${position} ${pointer}`, value);
      missing.add(`${position} ${pointer}`);
    }
  }
  for (const difference of objectDifferences(before.rendered, after.rendered)) {
    const key = `${difference.position} ${difference.pointer}`;
    const value = allowed.get(key);
    if (value !== undefined && says(difference.after, value)) {
      missing.delete(key);
    } else if (!allowSharedBase || value !== undefined) {
      return `${difference.object} would also change at ${difference.pointer}`;
    }
  }
  const [unmet] = missing;
  return unmet === undefined
    ? undefined
    : `The change does not reach what the chart writes at ${unmet.slice(
        unmet.indexOf(' ') + 1,
      )}`;
}

/** Where an object stands among those of another rendering of the same release. */
function positionOf(before: ChartWorkload, own: ChartWorkload): number {
  return before.rendered.objects.findIndex(
    ({ file, kind, name }) =>
      file === own.object.file &&
      kind === own.object.kind &&
      name === own.object.name,
  );
}

function wantedLeaves(
  { fields, carriesRationale, location }: PlannedPart,
  plain: unknown,
  rationale: Rationale,
): [string, string | number][] {
  const annotations =
    carriesRationale && location.annotationsAt
      ? rationaleAnnotations(rationale).map(
          ([key, value]): [string, string] => [
            `/metadata/annotations${pointerStep(key)}`,
            value,
          ],
        )
      : [];
  return [
    ...fields.map(({ pointer, value }): [string, string | number] => [
      inDocument(pointer, plain) ?? pointer,
      value,
    ]),
    ...annotations,
  ];
}

function strayInHelm(
  was: string,
  is: string,
  parts: readonly ChartPart[],
  rationale: Rationale,
): string | undefined {
  const [before, now] = [renderedObjects(was), renderedObjects(is)];
  const wanted = new Map<string, Map<string, string | number>>();
  for (const { part, before: own } of parts) {
    const { namespace } = own.object;
    const { apiVersion, kind, name } = part.location.object;
    const key = [namespace, undefined]
      .map(at => objectKey({ apiVersion, kind, name, namespace: at }))
      .find(one => now.has(one));
    if (key === undefined) {
      return `Helm writes no ${kind} ${name}`;
    }
    wanted.set(
      key,
      new Map([
        ...(wanted.get(key) ?? []),
        ...wantedLeaves(part, now.get(key), rationale),
      ]),
    );
  }
  for (const key of new Set([...before.keys(), ...now.keys()])) {
    const leaves = {
      before: leavesOf(before.get(key)),
      after: leavesOf(now.get(key)),
    };
    const own = wanted.get(key) ?? new Map<string, string | number>();
    const stray = differingPointers(leaves.before, leaves.after).find(
      pointer => !own.has(pointer),
    );
    if (stray !== undefined) {
      return `Helm also writes ${key} differently at ${stray}`;
    }
    const unmet = [...own].find(
      ([pointer, value]) => !says(leaves.after.get(pointer), value),
    );
    if (unmet) {
      return `The change does not reach what Helm writes at ${unmet[0]}`;
    }
  }
  return undefined;
}

function says(leaf: unknown, value: string | number): boolean {
  if (leaf === value) {
    return true;
  }
  const [one, other] = [leaf, value].map(item =>
    typeof item === 'string' || typeof item === 'number'
      ? parseQuantity(item)?.nanos
      : undefined,
  );
  return one !== undefined && one === other;
}

function failed(detail: string): ProofCheck {
  return { name: 'render', outcome: 'failed', detail };
}
