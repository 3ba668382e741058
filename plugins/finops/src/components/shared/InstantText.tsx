import { ageInWords, formatInstant } from '../../figures/time';

/** An instant in the viewer's zone, UTC on hover; with `now`, how long ago it was. */
export function InstantText(props: { instant: string; now?: number }) {
  const { local, utc } = formatInstant(props.instant);
  return (
    <time dateTime={props.instant} title={utc}>
      {props.now === undefined ? local : ageInWords(props.instant, props.now)}
    </time>
  );
}
