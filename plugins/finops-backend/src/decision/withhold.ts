import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import { Withheld } from './types';

/** Advice on a subject of a workload that is not given, and why. */
export function withhold(
  workload: string,
  subject: string,
  abstention: Omit<Abstention, 'kind'>,
): Withheld {
  return {
    kind: 'withheld',
    workload,
    subject,
    abstention: { kind: 'abstention', ...abstention },
  };
}
