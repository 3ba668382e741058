import type { ProofCheck } from '@apexlogic/backstage-plugin-finops-common';

const MAX_NAMED_DIFFERENCES = 5;

/** The first few of many, and how many more there are. */
export function listed(items: readonly string[]): string {
  const more = items.length - MAX_NAMED_DIFFERENCES;
  return (
    items.slice(0, MAX_NAMED_DIFFERENCES).join(', ') +
    (more > 0 ? ` and ${more} more` : '')
  );
}

/** A check that held. */
export function passed(name: ProofCheck['name'], detail: string): ProofCheck {
  return { name, outcome: 'passed', detail };
}

/** A check that did not hold. */
export function failed(name: ProofCheck['name'], detail: string): ProofCheck {
  return { name, outcome: 'failed', detail };
}

/** A check that could not be made. */
export function skipped(name: ProofCheck['name'], detail: string): ProofCheck {
  return { name, outcome: 'skipped', detail };
}
