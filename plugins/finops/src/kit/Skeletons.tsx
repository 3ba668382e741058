import Skeleton from '@material-ui/lab/Skeleton';

/** Grey lines and an optional block in the shape of what is coming, so that nothing jumps. */
export function LoadingShape(props: {
  label: string;
  lines?: number;
  blockHeight?: number;
}) {
  const { label, lines = 3, blockHeight } = props;
  return (
    <div role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton
          key={index}
          animation={false}
          width={index === 0 ? '60%' : '95%'}
          height={28}
        />
      ))}
      {blockHeight !== undefined && (
        <Skeleton animation={false} variant="rect" height={blockHeight} />
      )}
    </div>
  );
}
