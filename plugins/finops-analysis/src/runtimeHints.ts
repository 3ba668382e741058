import { RequestAdvice, RuntimeHint, RuntimeSettings } from './types';

const MIB = 2 ** 20;

/**
 * Memory of a process beside its heap: class data, compiled code, threads and buffers. A quarter of the
 * heap, as the JVM's own default of `MaxRAMPercentage` = 75 leaves in images tuned for containers, and
 * at least what a small JVM takes with 240 MiB of code cache reserved.
 */
const BESIDE_HEAP = { share: 0.25, bytes: 256 * MIB };

/** What Go's guide to its collector asks to leave below the limit of the container. */
const GO_HEADROOM = 0.1;

/** Throttled share of periods from which too many threads are worth a word. */
const THROTTLED_RATIO = 0.05;

/**
 * Bytes a container must be allowed to hold because its runtime may fill its heap at any time, however
 * little it holds today; 0 where no heap is fixed. Go's `GOMEMLIMIT` is no heap of that kind: it is
 * filled only when the live data needs it.
 */
export function heapFloor(runtime: RuntimeSettings | undefined): number {
  if (!runtime || runtime.kind === 'go' || runtime.memoryBytes === undefined) {
    return 0;
  }
  const heap = runtime.memoryBytes;
  return heap + Math.max(BESIDE_HEAP.bytes, heap * BESIDE_HEAP.share);
}

/**
 * Heap in whole MiB that fits into a request, with room for what lies beside it; `undefined` where there
 * is no room for one.
 */
export function heapWithin(requestBytes: number): number | undefined {
  const heap = Math.min(
    requestBytes - BESIDE_HEAP.bytes,
    requestBytes / (1 + BESIDE_HEAP.share),
  );
  return heap >= MIB ? Math.floor(heap / MIB) * MIB : undefined;
}

/**
 * Settings of a language runtime that no longer fit what the container would be given.
 *
 * @param limits - Limits after the advice: cores and bytes; absent = none.
 */
export function runtimeHints(
  runtime: RuntimeSettings | undefined,
  limits: { readonly cpu?: number; readonly memory?: number },
  throttledRatio: number,
): NonNullable<RequestAdvice['hints']> {
  const hints: RuntimeHint[] = [];
  if (runtime?.kind === 'go' && limits.memory !== undefined) {
    const most = Math.floor((limits.memory * (1 - GO_HEADROOM)) / MIB) * MIB;
    const present = runtime.memoryBytes;
    if (most > 0 && (present === undefined || present > most)) {
      hints.push({
        setting: 'GOMEMLIMIT',
        ...(present === undefined ? {} : { present }),
        advised: most,
        unit: 'bytes',
        reason:
          'the collector then works harder before the container is killed at its memory limit',
      });
    }
  }
  if (
    (runtime?.kind === 'go' || runtime?.kind === 'jvm') &&
    limits.cpu !== undefined &&
    throttledRatio > THROTTLED_RATIO
  ) {
    const most = Math.max(1, Math.ceil(limits.cpu));
    const present = runtime.processors;
    if (present === undefined ? runtime.kind === 'go' : present > most) {
      hints.push({
        setting:
          runtime.kind === 'go' ? 'GOMAXPROCS' : '-XX:ActiveProcessorCount',
        ...(present === undefined ? {} : { present }),
        advised: most,
        unit: 'processors',
        reason:
          'more threads than the CPU limit has cores use up its time early in each period and are throttled',
      });
    }
  }
  return hints;
}
