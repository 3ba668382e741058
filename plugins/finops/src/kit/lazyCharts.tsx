import { ComponentProps, lazy, Suspense } from 'react';
import { LoadingShape } from './Skeletons';

// The charting library is larger than everything else here and most visits begin with text.
const LazyCostChart = lazy(() => import('./chart/CostChart'));
const LazyEvidenceChart = lazy(() => import('./chart/EvidenceChart'));
const LazyReplayStrip = lazy(() => import('./chart/ReplayStrip'));

export function CostChart(props: ComponentProps<typeof LazyCostChart>) {
  return (
    <Suspense
      fallback={
        <LoadingShape label="Drawing the chart" lines={0} blockHeight={280} />
      }
    >
      <LazyCostChart {...props} />
    </Suspense>
  );
}

export function EvidenceChart(props: ComponentProps<typeof LazyEvidenceChart>) {
  return (
    <Suspense
      fallback={
        <LoadingShape label="Drawing the chart" lines={0} blockHeight={220} />
      }
    >
      <LazyEvidenceChart {...props} />
    </Suspense>
  );
}

export function ReplayStrip(props: ComponentProps<typeof LazyReplayStrip>) {
  return (
    <Suspense
      fallback={
        <LoadingShape label="Drawing the chart" lines={0} blockHeight={90} />
      }
    >
      <LazyReplayStrip {...props} />
    </Suspense>
  );
}
