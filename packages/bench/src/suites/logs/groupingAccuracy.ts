/**
 * Share of lines whose predicted group holds exactly the lines of their true group (Zhu et al.,
 * "Tools and Benchmarks for Automated Log Parsing"). NaN without lines.
 */
export function groupingAccuracy(
  predicted: ArrayLike<number | string>,
  truth: ArrayLike<number | string>,
): number {
  const predictedSizes = new Map<number | string, number>();
  const truthSizes = new Map<number | string, number>();
  const shared = new Map<string, number>();
  const keyOf = (line: number) =>
    JSON.stringify([predicted[line], truth[line]]);
  for (let line = 0; line < truth.length; line++) {
    increment(predictedSizes, predicted[line]);
    increment(truthSizes, truth[line]);
    increment(shared, keyOf(line));
  }
  let right = 0;
  for (let line = 0; line < truth.length; line++) {
    const size = shared.get(keyOf(line));
    if (
      size === predictedSizes.get(predicted[line]) &&
      size === truthSizes.get(truth[line])
    ) {
      right += 1;
    }
  }
  return right / truth.length;
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
