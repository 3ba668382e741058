const MEBIBYTE = 1024 * 1024;

/** Cores as a Kubernetes quantity, rounded up to a millicore: `0.25` → `250m`. */
export function cpuQuantity(cores: number): string {
  // 0.07 * 1000 is a hair above 70; without this it would round up to 71m.
  const millicores = Math.ceil(Number((cores * 1000).toFixed(6)));
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}

/** Bytes as a Kubernetes quantity, rounded up to a mebibyte: `536870912` → `512Mi`. */
export function memoryQuantity(bytes: number): string {
  const mebibytes = Math.ceil(Number((bytes / MEBIBYTE).toFixed(6)));
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
