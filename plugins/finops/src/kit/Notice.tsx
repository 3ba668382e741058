import Alert from '@material-ui/lab/Alert';
import AlertTitle from '@material-ui/lab/AlertTitle';
import { ReactNode } from 'react';

/** Something the reader should know about what is (or is not) on the screen. */
export function Notice(props: {
  tone: 'info' | 'success' | 'warning' | 'error';
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Alert
      severity={props.tone}
      variant="outlined"
      // Only failures interrupt a screen reader; the rest is read in its turn.
      role={props.tone === 'error' ? 'alert' : 'note'}
      action={props.action}
    >
      {props.title && <AlertTitle>{props.title}</AlertTitle>}
      {props.children}
    </Alert>
  );
}
