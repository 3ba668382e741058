import type { Scalar } from './value';
import type { WantedValue } from './wantedValues';

/**
 * What a person should know before a value is applied.
 *
 * @param flag - what the resource says for another of its properties; undefined = nothing that is known
 */
export function effectNotes(
  { property }: WantedValue,
  address: string,
  flag: (name: string) => Scalar | undefined = () => undefined,
): string[] {
  const name = property.path.filter(step => step !== '*').join('.');
  const [needed] = property.needs ?? [];
  const isSet = needed !== undefined && flag(needed) === true;
  switch (property.effect) {
    case 'restart':
      return [
        `${address} restarts when ${name} is applied.`,
        ...(needed !== undefined && !isSet
          ? [`Applying it fails unless ${address} says ${needed} = true.`]
          : []),
      ];
    case 'maintenance-restart':
      return [
        isSet
          ? `${address} is down for a while as soon as ${name} is applied, because it says ${needed} = true.`
          : `${address} is down for a while when ${name} is applied, in its next maintenance window unless ${needed} is set.`,
      ];
    case 'new-resource':
      return [
        `Another ${name} makes a new ${address} and removes the old one; what runs there moves.`,
      ];
    default:
      return [];
  }
}
