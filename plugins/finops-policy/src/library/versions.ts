import { EvaluationError } from '@marcbachmann/cel-js';
import { SemVer } from 'semver';
import { registerAll, Registration } from './register';

/**
 * Semantic versions. Build metadata does not count in comparisons.
 *
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library
 */
export function registerVersions({ environment }: Registration) {
  environment.registerType('Semver', SemVer);
  const parses = (text: string, isLoose: boolean) => {
    try {
      parse(text, isLoose);
      return true;
    } catch {
      return false;
    }
  };
  registerAll(environment, {
    'semver(string): Semver': (text: string) => parse(text, false),
    'semver(string, bool): Semver': parse,
    'isSemver(string): bool': (text: string) => parses(text, false),
    'isSemver(string, bool): bool': parses,
    'Semver.major(): int': ({ major }: SemVer) => BigInt(major),
    'Semver.minor(): int': ({ minor }: SemVer) => BigInt(minor),
    'Semver.patch(): int': ({ patch }: SemVer) => BigInt(patch),
    'Semver.isLessThan(Semver): bool': (a: SemVer, b: SemVer) =>
      a.compare(b) < 0,
    'Semver.isGreaterThan(Semver): bool': (a: SemVer, b: SemVer) =>
      a.compare(b) > 0,
    'Semver.compareTo(Semver): int': (a: SemVer, b: SemVer) =>
      BigInt(a.compare(b)),
  });
}

/** Normalised, `v1.02` is `1.2.0`: without its v, leading zeros, and with all three numbers. */
function parse(text: string, normalise: boolean): SemVer {
  const version = normalise ? normalised(text) : text;
  try {
    // The library takes a leading v and spaces also where it is strict.
    if (!/^\d/.test(version) || /\s/.test(version)) {
      throw new Error();
    }
    return new SemVer(version);
  } catch {
    throw new EvaluationError(`'${text.slice(0, 60)}' is no semantic version`);
  }
}

function normalised(text: string): string {
  const [, numbers = '', rest = ''] = /^v?([\d.]+)(.*)$/s.exec(text) ?? [];
  const parts = numbers.split('.').map(part => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) {
    parts.push('0');
  }
  return parts.join('.') + rest;
}
