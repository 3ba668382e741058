import { Quantity } from '@apexlogic/backstage-plugin-finops-common';
import { registerAll, Registration } from './register';

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
export function registerQuantities({ environment }: Registration) {
  environment.registerType('Quantity', Quantity);
  registerAll(environment, {
    'quantity(string): Quantity': (text: string) => Quantity.parse(text),
    // A manifest may say `cpu: 1`; the API server would have made a string of it before a policy sees it.
    'quantity(int): Quantity': (units: bigint) => Quantity.ofUnits(units),
    'quantity(double): Quantity': (value: number) => Quantity.ofNumber(value),
    'isQuantity(string): bool': isQuantity,
    'isQuantity(int): bool': () => true,
    'isQuantity(double): bool': (value: number) => Number.isFinite(value),
    'Quantity.isInteger(): bool': (q: Quantity) => q.isInteger(),
    'Quantity.asInteger(): int': (q: Quantity) => q.asInteger(),
    'Quantity.asApproximateFloat(): double': (q: Quantity) =>
      q.asApproximateFloat(),
    'Quantity.sign(): int': (q: Quantity) => BigInt(q.sign()),
    'Quantity.add(Quantity): Quantity': (a: Quantity, b: Quantity) => a.add(b),
    'Quantity.add(int): Quantity': (a: Quantity, b: bigint) =>
      a.add(Quantity.ofUnits(b)),
    'Quantity.sub(Quantity): Quantity': (a: Quantity, b: Quantity) =>
      a.subtract(b),
    'Quantity.sub(int): Quantity': (a: Quantity, b: bigint) =>
      a.subtract(Quantity.ofUnits(b)),
    'Quantity.isLessThan(Quantity): bool': (a: Quantity, b: Quantity) =>
      a.compare(b) < 0,
    'Quantity.isGreaterThan(Quantity): bool': (a: Quantity, b: Quantity) =>
      a.compare(b) > 0,
    'Quantity.compareTo(Quantity): int': (a: Quantity, b: Quantity) =>
      BigInt(a.compare(b)),
  });
}

function isQuantity(text: string): boolean {
  try {
    Quantity.parse(text);
    return true;
  } catch {
    return false;
  }
}
