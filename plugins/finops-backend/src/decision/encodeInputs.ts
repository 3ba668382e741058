import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { UsageSketch } from '@apexlogic/backstage-plugin-finops-analysis';
import { WorkloadInputs } from '../analysis/types';

/** Format of {@link encodeInputs}; another one is not read. */
export const RECORDING_VERSION = 1;

/** Good for numbers, at a tenth of the time of the best. */
const QUALITY = 6;

const FLOAT_BYTES = 4;

/**
 * Packs inputs: a length, JSON of everything but numbers in series and sketches, then those. Series are kept
 * as the 32-bit floats they are stored as, byte planes apart, which packs half as small again.
 */
export function encodeInputs(inputs: WorkloadInputs): Uint8Array {
  const { history, sketches, tunings, ...rest } = inputs;
  const parts: Uint8Array[] = [];
  const append = (bytes: Uint8Array) => {
    parts.push(bytes);
    return bytes.byteLength;
  };
  const head = {
    ...rest,
    history: {
      stored: history.stored,
      costs: history.costs,
      series: history.series.map(({ values, ...series }) => ({
        ...series,
        bytes: append(planesOf(values)),
      })),
    },
    sketches: sketches.map(({ sketch, ...of }) => ({
      ...of,
      bytes: append(sketch.encode()),
    })),
    tunings: tunings && [...tunings],
  };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(FLOAT_BYTES);
  length.writeUInt32LE(json.byteLength);
  return brotliCompressSync(Buffer.concat([length, json, ...parts]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY },
  });
}

/** Unpacks what {@link encodeInputs} packed, queries and their sources apart; throws on anything else. */
export function decodeInputs(packed: Uint8Array): WorkloadInputs {
  const bytes = brotliDecompressSync(packed);
  const end = FLOAT_BYTES + bytes.readUInt32LE(0);
  const { history, sketches, tunings, ...rest } = JSON.parse(
    bytes.subarray(FLOAT_BYTES, end).toString('utf8'),
  );
  let offset = end;
  const take = (length: number) => {
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  return {
    ...rest,
    history: {
      stored: history.stored,
      costs: history.costs,
      origins: [],
      series: history.series.map(({ bytes: length, ...series }: any) => ({
        ...series,
        values: valuesOf(take(length)),
      })),
    },
    sketches: sketches.map(({ bytes: length, ...of }: any) => ({
      ...of,
      sketch: UsageSketch.decode(new Uint8Array(take(length))),
    })),
    tunings: tunings && new Map(tunings),
  };
}

/** First bytes of all floats, then all second ones, and so on: what is alike lies side by side. */
function planesOf(values: Float64Array): Uint8Array {
  const floats = new Uint8Array(Float32Array.from(values).buffer);
  const planes = new Uint8Array(floats.length);
  for (let plane = 0; plane < FLOAT_BYTES; plane++) {
    for (let index = 0; index < values.length; index++) {
      planes[plane * values.length + index] =
        floats[index * FLOAT_BYTES + plane];
    }
  }
  return planes;
}

function valuesOf(planes: Uint8Array): Float64Array {
  const count = planes.length / FLOAT_BYTES;
  const floats = new Uint8Array(planes.length);
  for (let plane = 0; plane < FLOAT_BYTES; plane++) {
    for (let index = 0; index < count; index++) {
      floats[index * FLOAT_BYTES + plane] = planes[plane * count + index];
    }
  }
  return Float64Array.from(new Float32Array(floats.buffer));
}
