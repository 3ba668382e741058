import MuiButton from '@material-ui/core/Button';
import MuiIconButton from '@material-ui/core/IconButton';
import { ReactNode, useState } from 'react';
import { LiveRegion, VisuallyHidden } from './Text';

/** At most one `primary` a screen. */
export function Button(props: {
  children: ReactNode;
  kind?: 'primary' | 'secondary' | 'quiet';
  onClick?: () => void;
  disabled?: boolean;
  busy?: boolean;
  type?: 'button' | 'submit';
  pressed?: boolean;
  describedBy?: string;
}) {
  const { kind = 'secondary' } = props;
  return (
    <MuiButton
      size="small"
      type={props.type ?? 'button'}
      variant={
        { primary: 'contained', secondary: 'outlined', quiet: 'text' }[kind] as
          | 'contained'
          | 'outlined'
          | 'text'
      }
      color={kind === 'primary' ? 'primary' : 'default'}
      onClick={props.onClick}
      disabled={props.disabled || props.busy}
      aria-busy={props.busy || undefined}
      aria-pressed={props.pressed}
      aria-describedby={props.describedBy}
    >
      {props.children}
    </MuiButton>
  );
}

/** A button that is only a picture; the label is for screen readers and the hover. */
export function IconButton(props: {
  label: string;
  onClick: () => void;
  children: ReactNode;
  expanded?: boolean;
}) {
  return (
    <MuiIconButton
      size="small"
      aria-label={props.label}
      title={props.label}
      aria-expanded={props.expanded}
      onClick={props.onClick}
    >
      {props.children}
    </MuiIconButton>
  );
}

/** Copies a text and says so. */
export function CopyButton(props: { text: string; what: string }) {
  const [result, setResult] = useState<'copied' | 'failed'>();
  const copy = () => {
    // Absent on pages served without TLS.
    if (!navigator.clipboard) {
      setResult('failed');
      return;
    }
    navigator.clipboard.writeText(props.text).then(
      () => setResult('copied'),
      () => setResult('failed'),
    );
  };
  return (
    <>
      <Button onClick={copy}>
        Copy <VisuallyHidden>{props.what}</VisuallyHidden>
      </Button>
      <LiveRegion>
        {result === 'copied' && 'Copied'}
        {result === 'failed' &&
          'The browser refused; select the text and copy it by hand.'}
      </LiveRegion>
    </>
  );
}
