/**
 * Noise that can be asked for at any index without generating what lies before it: a hash of
 * (seed, name of the stream, index). This keeps every series a pure function of time, so that any
 * window can be read at any moment and gives the same points.
 */
export interface NoiseStream {
  /** Even over [0, 1). */
  uniform(index: number): number;
  /** Mean 0, variance 1, bounded by ±3.47: the sum of the four bytes of one hash (Irwin–Hall). */
  normal(index: number): number;
  /** Mean 0, variance about 0.7, changing smoothly over `width` indexes. */
  smooth(index: number, width: number): number;
}

// Looked up once: these run some ten million times for a whole recording.
const { imul, floor } = Math;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** 2^32 / golden ratio: spreads neighbouring indexes over the whole range. */
const GOLDEN = 0x9e3779b1;
const TWO_POW_32 = 4294967296;
/** Mean and standard deviation of the sum of four independent even bytes. */
const BYTES_MEAN = 4 * 127.5;
const BYTES_DEVIATION = Math.sqrt((4 * (256 * 256 - 1)) / 12);

/**
 * A named stream of noise. Streams of different names or seeds are independent.
 */
export function noiseStream(seed: number, name: string): NoiseStream {
  const stream = hashInteger(hashText(name) ^ hashInteger(seed));
  const hashAt = (index: number) => hashInteger(stream ^ imul(index, GOLDEN));

  function normal(index: number): number {
    const bits = hashAt(index);
    // eslint-disable-next-line no-bitwise
    const sum =
      (bits & 255) +
      ((bits >>> 8) & 255) +
      ((bits >>> 16) & 255) +
      (bits >>> 24);
    return (sum - BYTES_MEAN) / BYTES_DEVIATION;
  }

  return {
    uniform: index => hashAt(index) / TWO_POW_32,
    normal,
    smooth(index, width) {
      const knot = floor(index / width);
      const position = index / width - knot;
      const weight = position * position * (3 - 2 * position);
      return normal(knot) * (1 - weight) + normal(knot + 1) * weight;
    },
  };
}

/** `digits` lower-case hexadecimal digits that depend on the seed and the name alone. */
export function hashHex(seed: number, name: string, digits: number): string {
  let hex = '';
  for (let block = 0; hex.length < digits; block++) {
    hex += hashInteger(hashText(`${name}#${block}`) ^ hashInteger(seed))
      .toString(16)
      .padStart(8, '0');
  }
  return hex.slice(0, digits);
}

/* eslint-disable no-bitwise */
/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    hash = imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  }
  return hash >>> 0;
}

/** The 32-bit finaliser "lowbias32" (Chris Wellons, hash-prospector), public domain. */
function hashInteger(value: number): number {
  let x = value >>> 0;
  x = imul(x ^ (x >>> 16), 0x21f0aaad);
  x = imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
