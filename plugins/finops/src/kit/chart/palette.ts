import { useTheme } from '@material-ui/core/styles';
import { EvidenceLine, EvidenceRole } from '../../figures/evidenceChart';

/** Colours of one theme; series colours are Okabe and Ito's, lightened where the ground is dark. */
export interface ChartPalette {
  readonly series: readonly string[];
  readonly other: string;
  readonly forecast: string;
  readonly axis: string;
  readonly grid: string;
  readonly text: string;
  readonly ground: string;
  readonly marker: string;
  readonly over: string;
}

const LIGHT_SERIES = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#6a51a3',
  '#8c6d31',
];
const DARK_SERIES = [
  '#4ba3db',
  '#f0b440',
  '#2fc79b',
  '#e29ac3',
  '#8ccbf2',
  '#f08145',
  '#a995db',
  '#c9a961',
];

/** The palette of the active theme. */
export function useChartPalette(): ChartPalette {
  const theme = useTheme();
  const dark = theme.palette.type === 'dark';
  return {
    series: dark ? DARK_SERIES : LIGHT_SERIES,
    other: dark ? '#9e9e9e' : '#8a8a8a',
    forecast: dark ? '#bdbdbd' : '#555555',
    axis: theme.palette.text.secondary,
    grid: theme.palette.divider,
    text: theme.palette.text.primary,
    ground: theme.palette.background.paper,
    marker: theme.palette.text.secondary,
    over: dark ? '#f08145' : '#d55e00',
  };
}

/** Colour of the layer at an index; the folded rest is always the same grey. */
export function layerColor(
  palette: ChartPalette,
  index: number,
  isOther: boolean,
): string {
  return isOther
    ? palette.other
    : palette.series[index % palette.series.length];
}

const ROLE_COLOR: Partial<Record<EvidenceRole, number>> = {
  usage: 0,
  observed: 0,
  peak: 0,
  request: 5,
  proposed: 2,
  limit: 3,
};

/** A role has the same colour in every chart. */
export function lineColor(
  palette: ChartPalette,
  line: EvidenceLine,
  index: number,
): string {
  if (line.role === 'expected') {
    return palette.forecast;
  }
  const fixed = line.role && ROLE_COLOR[line.role];
  return palette.series[(fixed ?? index + 1) % palette.series.length];
}
