import { Theme } from '@material-ui/core/styles';

/** Colour is for state and direction only. */
export type Tone = 'neutral' | 'saving' | 'rise' | 'risk' | 'info';

/** Text colours with at least 4.5:1 on the paper of both themes. */
export function toneColor(theme: Theme, tone: Tone): string {
  const dark = theme.palette.type === 'dark';
  switch (tone) {
    case 'saving':
      return dark ? '#6fd3a6' : '#0b6b45';
    case 'rise':
      return dark ? '#f3b26b' : '#8a4b00';
    case 'risk':
      return dark ? '#ff9d8f' : '#b3261e';
    case 'info':
      return dark ? '#8cc4f5' : '#0a5a9c';
    default:
      return theme.palette.text.secondary;
  }
}
