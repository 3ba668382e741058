import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

export type Unit = Schemas['EvidenceSeries']['unit'];

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Writes a measured value with its unit: "0.25 cores", "512 MiB", "42 %". */
export function formatQuantity(value: number, unit: Unit): string {
  switch (unit) {
    case 'cores':
      return `${significant(value)} cores`;
    case 'bytes': {
      const power =
        value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value)) / 10);
      const step = Math.min(Math.max(power, 0), BYTE_UNITS.length - 1);
      return `${significant(value / 1024 ** step)} ${BYTE_UNITS[step]}`;
    }
    case 'ratio':
      return `${significant(value * 100)} %`;
    case 'seconds':
      return Math.abs(value) < 1
        ? `${significant(value * 1000)} ms`
        : `${significant(value)} s`;
    case 'replicas':
      return `${significant(value)} ${value === 1 ? 'replica' : 'replicas'}`;
    case 'requests/s':
      return `${significant(value)} requests/s`;
    default:
      return significant(value);
  }
}

function significant(value: number): string {
  return new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 }).format(
    value,
  );
}
