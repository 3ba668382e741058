/**
 * Share of the lines whose group has exactly the lines of their true group (Zhu et al., ICSE-SEIP 2019).
 */
export function groupingAccuracy(
  groups: ArrayLike<number | string>,
  truth: readonly string[],
): number {
  const members = new Map<number | string, number[]>();
  const sizes = new Map<string, number>();
  truth.forEach((event, line) => {
    const group = members.get(groups[line]) ?? [];
    members.set(groups[line], group);
    group.push(line);
    sizes.set(event, (sizes.get(event) ?? 0) + 1);
  });
  let right = 0;
  for (const lines of members.values()) {
    const event = truth[lines[0]];
    const isWhole = sizes.get(event) === lines.length;
    right +=
      isWhole && lines.every(line => truth[line] === event) ? lines.length : 0;
  }
  return truth.length > 0 ? right / truth.length : 0;
}
