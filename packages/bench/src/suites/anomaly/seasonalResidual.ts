/** Distance of each value from the median of its phase of the season: the simplest seasonal rule. */
export function seasonalResidual(
  values: Float64Array,
  period: number,
): Float64Array {
  const scores = new Float64Array(values.length);
  for (let phase = 0; phase < Math.min(period, values.length); phase++) {
    const members: number[] = [];
    for (let i = phase; i < values.length; i += period) {
      members.push(values[i]);
    }
    members.sort((a, b) => a - b);
    const usual =
      (members[(members.length - 1) >> 1] + members[members.length >> 1]) / 2;
    for (let i = phase; i < values.length; i += period) {
      scores[i] = Math.abs(values[i] - usual);
    }
  }
  return scores;
}
