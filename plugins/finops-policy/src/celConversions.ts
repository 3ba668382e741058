import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt, withinRange } from './celOperations';
import { formatDuration, formatTimestamp } from './celTime';

const SYNCHRONOUS = { async: false };
const MAX_INT64 = 2 ** 63;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names of {@link registerConversions} that stand in for the library's own. */
export const CONVERSION_FUNCTIONS = ['int', 'string'];

/** `int()` within 64 bits and `string()` of everything that has a text, invalid UTF-8 refused. */
export function registerConversions(environment: Environment, prefix: string) {
  const conversions: readonly (readonly [string, (value: never) => unknown])[] =
    [
      ['int(int): int', (value: bigint) => value],
      ['int(uint): int', (value: UnsignedInt) => withinRange(value.valueOf())],
      ['int(double): int', doubleToInt],
      ['int(string): int', stringToInt],
      [
        'int(google.protobuf.Timestamp): int',
        (instant: Date) => BigInt(Math.floor(instant.getTime() / 1000)),
      ],
      ['string(string): string', (text: string) => text],
      ['string(bool): string', (value: boolean) => String(value)],
      ['string(int): string', (value: bigint) => String(value)],
      ['string(uint): string', (value: UnsignedInt) => String(value)],
      ['string(double): string', formatDouble],
      ['string(bytes): string', bytesToString],
      ['string(google.protobuf.Timestamp): string', formatTimestamp],
      [
        'string(google.protobuf.Duration): string',
        (duration: Duration) => formatDuration(duration),
      ],
    ];
  for (const [signature, convert] of conversions) {
    environment.registerFunction(
      `${prefix}${signature}`,
      convert as (...args: unknown[]) => unknown,
      SYNCHRONOUS,
    );
  }
}

export function bytesToString(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new EvaluationError('string(): the bytes are no valid UTF-8');
  }
}

export function formatDouble(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) {
    return String(value);
  }
  return value > 0 ? '+Inf' : '-Inf';
}

/** The ends of the range are refused: a double cannot say on which side of them it lies. */
function doubleToInt(value: number): bigint {
  if (!Number.isFinite(value) || value >= MAX_INT64 || value <= -MAX_INT64) {
    throw new EvaluationError(`int() of ${value}: integer overflow`);
  }
  return BigInt(Math.trunc(value));
}

function stringToInt(text: string): bigint {
  if (!/^[+-]?\d{1,19}$/.test(text)) {
    throw new EvaluationError(
      `int() of '${text.slice(0, 30)}': not an integer`,
    );
  }
  return withinRange(BigInt(text)) as bigint;
}
