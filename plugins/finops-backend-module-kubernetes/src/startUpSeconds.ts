import { V1Pod } from '@kubernetes/client-node';

/**
 * Seconds from being scheduled to being ready, median of the pods that are ready and never restarted.
 * A probe that failed once since makes a pod look slower, which is the careful side.
 */
export function startUpSeconds(pods: readonly V1Pod[]): number | undefined {
  const seconds = pods.flatMap(({ status }) => {
    const restarted = status?.containerStatuses?.some(
      ({ restartCount }) => restartCount > 0,
    );
    const [scheduled, ready] = ['PodScheduled', 'Ready'].map(type => {
      const condition = status?.conditions?.find(one => one.type === type);
      return condition?.status === 'True' && condition.lastTransitionTime
        ? // Lists are deserialised to dates, watch events are not.
          new Date(condition.lastTransitionTime as Date | string).getTime()
        : NaN;
    });
    const taken = (ready - scheduled) / 1000;
    return !restarted && taken >= 0 ? [taken] : [];
  });
  seconds.sort((a, b) => a - b);
  return seconds.at(Math.floor(seconds.length / 2));
}
