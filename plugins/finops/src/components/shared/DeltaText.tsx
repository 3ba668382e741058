import { describeDelta } from '../../figures/delta';
import { Text, VisuallyHidden } from '../../kit';

/** A change as arrow and sign for the eye and as words for a screen reader. */
export function DeltaText(props: {
  changeRatio: number | undefined;
  than?: string;
}) {
  const delta = describeDelta(props.changeRatio);
  if (!delta) {
    return (
      <Text inline kind="small">
        nothing to compare with
      </Text>
    );
  }
  const tone = { up: 'rise', down: 'saving', same: 'neutral' } as const;
  return (
    <Text inline tone={tone[delta.direction]}>
      <span aria-hidden>
        {delta.arrow} {delta.text}
      </span>
      <VisuallyHidden>
        {delta.words} {props.than ?? 'than before'}
      </VisuallyHidden>
    </Text>
  );
}
