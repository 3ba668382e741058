import MuiDialog from '@material-ui/core/Dialog';
import DialogActions from '@material-ui/core/DialogActions';
import DialogContent from '@material-ui/core/DialogContent';
import MuiDrawer from '@material-ui/core/Drawer';
import { makeStyles } from '@material-ui/core/styles';
import useMediaQuery from '@material-ui/core/useMediaQuery';
import { ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './Button';
import { Heading } from './Text';

const DRAWER_WIDTH_PX = 880;

const useStyles = makeStyles(theme => ({
  drawer: {
    width: `min(${DRAWER_WIDTH_PX}px, 100vw)`,
    display: 'flex',
    flexDirection: 'column',
  },
  head: {
    display: 'flex',
    alignItems: 'flex-start',
    justifyContent: 'space-between',
    gap: theme.spacing(1),
    padding: theme.spacing(2, 2, 1),
  },
  body: { flex: 1, overflowY: 'auto', padding: theme.spacing(0, 2, 2) },
  foot: {
    borderTop: `1px solid ${theme.palette.divider}`,
    padding: theme.spacing(1.5, 2),
    background: theme.palette.background.paper,
  },
  dialogHead: { padding: theme.spacing(2, 3, 0) },
}));

/** Motion is left out for those who ask for it. */
function useTransition(): number | undefined {
  return useMediaQuery('(prefers-reduced-motion: reduce)') ? 0 : undefined;
}

/**
 * A panel over the right side of the screen. Focus goes to its heading when it opens, stays inside,
 * and returns to where it was when it closes.
 */
export function Drawer(props: {
  open: boolean;
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
}) {
  const classes = useStyles();
  const id = useId();
  const duration = useTransition();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (props.open) {
      heading.current?.focus();
    }
  }, [props.open]);
  return (
    <MuiDrawer
      anchor="right"
      open={props.open}
      onClose={props.onClose}
      transitionDuration={duration}
      PaperProps={{
        className: classes.drawer,
        role: 'dialog',
        'aria-modal': true,
        'aria-labelledby': id,
      }}
    >
      <div className={classes.head}>
        <Heading level={2} id={id} focusRef={heading}>
          {props.title}
        </Heading>
        <IconButton label="Close" onClick={props.onClose}>
          <span aria-hidden>✕</span>
        </IconButton>
      </div>
      <div className={classes.body}>{props.children}</div>
      {props.footer && <div className={classes.foot}>{props.footer}</div>}
    </MuiDrawer>
  );
}

/** A question that must be answered before anything happens. */
export function Dialog(props: {
  open: boolean;
  title: string;
  onClose: () => void;
  children: ReactNode;
  actions: ReactNode;
}) {
  const classes = useStyles();
  const id = useId();
  const duration = useTransition();
  return (
    <MuiDialog
      open={props.open}
      onClose={props.onClose}
      aria-labelledby={id}
      transitionDuration={duration}
      fullWidth
      maxWidth="sm"
    >
      <div className={classes.dialogHead}>
        <Heading level={3} id={id}>
          {props.title}
        </Heading>
      </div>
      <DialogContent>{props.children}</DialogContent>
      <DialogActions>{props.actions}</DialogActions>
    </MuiDialog>
  );
}
