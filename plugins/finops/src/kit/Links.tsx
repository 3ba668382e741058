import { Link } from '@backstage/core-components';
import { ReactNode } from 'react';

/** A link to a place in the portal. */
export function RouteLink(props: { to: string; children: ReactNode }) {
  return <Link to={props.to}>{props.children}</Link>;
}

/** A link outwards. Anything but http(s) is shown as text, since the address comes from outside. */
export function ExternalLink(props: { href: string; children: ReactNode }) {
  if (!/^https?:\/\//i.test(props.href)) {
    return <>{props.children}</>;
  }
  return (
    <Link to={props.href} target="_blank" rel="noopener noreferrer">
      {props.children}
    </Link>
  );
}
