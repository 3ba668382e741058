import { makeStyles } from '@material-ui/core/styles';
import { ReactNode } from 'react';

const useStyles = makeStyles({
  root: {
    display: 'flex',
    minWidth: 0,
    flexDirection: (props: StackProps) => props.direction ?? 'column',
    gap: (props: StackProps) => `${(props.gap ?? 2) * 8}px`,
    flexWrap: (props: StackProps) =>
      props.direction === 'row' ? 'wrap' : 'nowrap',
    alignItems: (props: StackProps) =>
      props.align ?? (props.direction === 'row' ? 'center' : 'stretch'),
    justifyContent: (props: StackProps) => props.justify ?? 'flex-start',
  },
});

export interface StackProps {
  readonly children: ReactNode;
  readonly direction?: 'row' | 'column';
  /** In steps of 8 px; 2 by default. */
  readonly gap?: number;
  readonly align?:
    | 'center'
    | 'flex-start'
    | 'flex-end'
    | 'stretch'
    | 'baseline';
  readonly justify?: 'flex-start' | 'flex-end' | 'space-between';
}

/** Children below or beside one another; rows wrap on narrow screens. */
export function Stack(props: StackProps) {
  const classes = useStyles(props);
  return <div className={classes.root}>{props.children}</div>;
}
