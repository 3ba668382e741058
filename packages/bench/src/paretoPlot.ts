/** What {@link paretoPlot} draws. */
export interface ParetoPlot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Lower is better on both axes. */
  readonly points: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
    readonly ours?: boolean;
  }[];
}

const WIDTH = 640;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 24;
const TOP = 44;
const BOTTOM = 56;
const TICKS = 5;
const LABEL_HEIGHT = 14;
/** Rough width of a letter at the size of the labels. */
const LETTER_WIDTH = 6.6;

/**
 * Draws points of which lower is better on both axes as an SVG, with the frontier of those that no other
 * point beats. It carries its own colours for light and dark and reads out as a title and a list of points.
 */
export function paretoPlot(plot: ParetoPlot): string {
  const points = plot.points.filter(
    ({ x, y }) => Number.isFinite(x) && Number.isFinite(y),
  );
  const xTicks = ticks(points.map(({ x }) => x));
  const yTicks = ticks(points.map(({ y }) => y));
  const px = scale(xTicks, LEFT, WIDTH - RIGHT);
  const py = scale(yTicks, HEIGHT - BOTTOM, TOP);
  const frontier = points
    .filter(
      point =>
        !points.some(
          other =>
            other.x <= point.x &&
            other.y <= point.y &&
            (other.x < point.x || other.y < point.y),
        ),
    )
    .sort((a, b) => a.x - b.x || b.y - a.y);
  const placed: { x: number; y: number; width: number }[] = [];
  const marks = points.map(({ name, x, y, ours }) => {
    const cx = px(x);
    const cy = py(y);
    const width = name.length * LETTER_WIDTH;
    const left = cx + 10 + width > WIDTH - 4;
    const labelX = left ? cx - 10 - width : cx + 10;
    const neighbours = placed.filter(
      other => labelX < other.x + other.width && other.x < labelX + width,
    );
    const labelY = freeAbove(
      cy + 4,
      neighbours.map(({ y: taken }) => taken),
    );
    placed.push({ x: labelX, y: labelY, width });
    const kind = ours ? 'ours' : 'other';
    return [
      ours
        ? `<rect class="${kind}" x="${fixed(cx - 5)}" y="${fixed(
            cy - 5,
          )}" width="10" height="10"/>`
        : `<circle class="${kind}" cx="${fixed(cx)}" cy="${fixed(
            cy,
          )}" r="4.5"/>`,
      `<text class="name ${kind}-name" x="${fixed(labelX)}" y="${fixed(
        labelY,
      )}">${escape(name)}</text>`,
    ].join('');
  });
  const description = points
    .map(
      ({ name, x, y, ours }) =>
        `${name}${ours ? ' (ours)' : ''}: ${plot.xLabel} ${label(x)}, ${
          plot.yLabel
        } ${label(y)}`,
    )
    .join('; ');
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escape(plot.title)}</title>`,
    `<desc id="desc">${escape(description)}</desc>`,
    '<style>',
    'svg{background:#fff;font:12px sans-serif}text{fill:#333}.grid{stroke:#ddd}.head{font-size:15px;font-weight:bold}',
    '.other{fill:#6b7280}.ours{fill:#b45309}.ours-name{font-weight:bold}.frontier{fill:none;stroke:#b45309;stroke-dasharray:4 3}',
    '@media (prefers-color-scheme:dark){svg{background:#1b1b1f}text{fill:#ddd}.grid{stroke:#3a3a40}.other{fill:#a1a1aa}.ours{fill:#fbbf24}.frontier{stroke:#fbbf24}}',
    '</style>',
    `<text class="head" x="${LEFT}" y="24">${escape(plot.title)}</text>`,
    ...xTicks.map(
      tick =>
        `<line class="grid" x1="${fixed(px(tick))}" x2="${fixed(
          px(tick),
        )}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/><text x="${fixed(
          px(tick),
        )}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(
          tick,
        )}</text>`,
    ),
    ...yTicks.map(
      tick =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(
          py(tick),
        )}" y2="${fixed(py(tick))}"/><text x="${LEFT - 8}" y="${fixed(
          py(tick) + 4,
        )}" text-anchor="end">${label(tick)}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${
      HEIGHT - 14
    }" text-anchor="middle">${escape(plot.xLabel)}</text>`,
    `<text transform="translate(16 ${
      (TOP + HEIGHT - BOTTOM) / 2
    }) rotate(-90)" text-anchor="middle">${escape(plot.yLabel)}</text>`,
    `<polyline class="frontier" points="${frontier
      .map(({ x, y }) => `${fixed(px(x))},${fixed(py(y))}`)
      .join(' ')}"/>`,
    ...marks,
    '</svg>',
  ].join('\n')}\n`;
}

/** The first line at or above `wanted` that keeps clear of those taken. */
function freeAbove(wanted: number, taken: readonly number[]): number {
  return taken.some(y => Math.abs(y - wanted) < LABEL_HEIGHT)
    ? freeAbove(wanted - LABEL_HEIGHT, taken)
    : wanted;
}

/** Round steps that reach around all values. */
function ticks(values: readonly number[]): number[] {
  const low = values.length > 0 ? Math.min(...values) : 0;
  const high = values.length > 0 ? Math.max(...values) : 1;
  const raw = (high - low || Math.abs(high) || 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find(factor => factor * power >= raw)! * power;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function scale(
  axis: readonly number[],
  from: number,
  to: number,
): (value: number) => number {
  const low = axis[0];
  const high = axis[axis.length - 1];
  return value => from + ((value - low) / (high - low)) * (to - from);
}

function label(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
