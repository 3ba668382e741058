import {
  ComparedObject,
  SourceObject,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { Suggestion } from '../database/CheckStore';
import { ChangedWorkload } from './matchWorkloads';
import { ChangedFile } from './readChange';
import { MeasuredWorkload } from './readHistory';
import { missingRequests, usageObjections } from './resourceRules';
import { Objection, securityObjections } from './securityRules';

/** Remarks on the lines that a change adds or alters, by explicit rules; at most one a line and rule. */
export function suggest(
  files: readonly ChangedFile[],
  workloads: readonly ChangedWorkload[],
  measured: ReadonlyMap<ChangedWorkload, MeasuredWorkload>,
  now: string,
): Suggestion[] {
  const found = new Map<string, Suggestion>();
  for (const file of files) {
    for (const source of file.objects) {
      const meant = workloads.filter(({ compared }) =>
        isFrom(compared, source),
      );
      const known = meant.flatMap(workload => measured.get(workload) ?? []);
      const objections = [
        ...securityObjections(source),
        ...meant.flatMap(({ compared }) =>
          missingRequests(source, compared.after),
        ),
        // A file that shapes several workloads has no one size that fits.
        ...(known.length === 1 ? usageObjections(source, known[0], now) : []),
      ];
      for (const objection of objections) {
        const suggestion = suggestionOf(file, source, objection);
        if (suggestion) {
          const { line, rule } = suggestion;
          found.set(`${file.path}\n${line}\n${rule}`, suggestion);
        }
      }
    }
  }
  return [...found.values()];
}

function suggestionOf(
  { path, lines }: ChangedFile,
  source: SourceObject,
  { rule, kind, keys, message, instead }: Objection,
): Suggestion | undefined {
  const span = source.linesOf(keys);
  if (!span) {
    return undefined;
  }
  for (let line = span.first; line <= span.last; line++) {
    if (lines.has(line)) {
      return {
        rule,
        kind,
        path,
        line,
        message,
        replacement:
          instead === undefined ? undefined : source.lineWith(keys, instead),
      };
    }
  }
  return undefined;
}

/** Whether a deployed object is made of a source: a patch and a base may leave the namespace out. */
function isFrom({ object }: ComparedObject, { object: own }: SourceObject) {
  return (
    object.kind === own.kind &&
    object.name === own.name &&
    (own.namespace === undefined || own.namespace === object.namespace)
  );
}
