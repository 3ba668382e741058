/** Writes a ratio as a percentage: no decimals from 10 on, at most one below. */
export function formatPercent(ratio: number): string {
  const percent = ratio * 100;
  if (percent !== 0 && Math.abs(percent) < 0.1) {
    return percent < 0 ? '> −0.1 %' : '< 0.1 %';
  }
  const text =
    Math.abs(percent) >= 9.95
      ? percent.toFixed(0)
      : percent.toFixed(1).replace(/\.0$/, '');
  return `${text.replace('-', '−')} %`;
}
