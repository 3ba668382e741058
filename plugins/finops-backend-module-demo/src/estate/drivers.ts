import { DAY_SECONDS, HOUR_SECONDS, Instant, STEP_SECONDS } from './calendar';
import { NoiseStream } from './noise';
import { Drivers, Service, Story } from './types';

const MONTH_SECONDS = 30 * DAY_SECONDS;
/** Steps of 5 minutes over which slow noise changes: two hours. */
const SLOW_NOISE_STEPS = 24;
const SLOW_NOISE = 0.05;
const FAST_NOISE = 0.04;
/** Steps of 5 minutes a burst lasts. */
const BURST_STEPS = 4;
/** Sets the draws for bursts apart from those of the other noise of the same stream. */
const BURST_OFFSET = 6_000_011;
/** The autoscaler acts on what it saw this many steps before. */
const AUTOSCALER_LAG_STEPS = 2;
/** Second harmonic of the day: a smaller lunch-time hump beside the main peak. */
const LUNCH_HUMP = 0.15;

export interface DriverOptions {
  readonly service: Service;
  readonly stories: readonly Story[];
  readonly noise: NoiseStream;
  /** 0 = none, 1 = ordinary. */
  readonly noiseLevel: number;
  /** Epoch seconds growth is counted from. */
  readonly anchor: number;
}

/** What drives a service at an instant: its ordinary day, then noise, then the stories planted on it. */
export function driversAt(options: DriverOptions, instant: Instant): Drivers {
  const { service, stories, noise, noiseLevel } = options;
  const wobble =
    1 +
    noiseLevel *
      (SLOW_NOISE * noise.smooth(instant.index, SLOW_NOISE_STEPS) +
        FAST_NOISE * noise.normal(instant.index));
  const { bursts } = service.load;
  const bursting =
    bursts !== undefined &&
    noise.uniform(Math.floor(instant.index / BURST_STEPS) + BURST_OFFSET) <
      bursts.chance * noiseLevel;
  const drivers: Drivers = {
    requestsPerSecond:
      ordinaryLoad(service, instant, options.anchor) *
      wobble *
      (bursting ? bursts.factor : 1),
    idleCoresPerPod: service.idleCoresPerPod,
    cpuSecondsPerRequest: service.cpuSecondsPerRequest,
    extraCores: 0,
    memoryBytesPerPod: service.memoryBytesPerPod,
    bytesInPerRequest: service.bytesInPerRequest,
    bytesOutPerRequest: service.bytesOutPerRequest,
    extraTransmit: 0,
    diskBytesPerRequest: service.diskBytesPerRequest,
    latencyP95: service.latencyP95,
    errorRatio: service.errorRatio,
    replicas: replicasAt(options, instant),
  };
  for (const story of stories) {
    story.effect?.(drivers, instant, service);
  }
  return drivers;
}

/** Requests per second of an ordinary day, without noise. */
export function ordinaryLoad(
  service: Service,
  instant: Instant,
  anchor: number,
): number {
  const { load } = service;
  const angle = ((instant.hour - load.peakHour) / 24) * 2 * Math.PI;
  const day =
    1 +
    load.dailyAmplitude * (Math.cos(angle) + LUNCH_HUMP * Math.cos(2 * angle));
  const growth =
    1 + (load.monthlyGrowth * (instant.epoch - anchor)) / MONTH_SECONDS;
  const rest = instant.holiday ? load.holiday : 1;
  return Math.max(
    0,
    load.requestsPerSecond * day * load.weekly[instant.weekday] * growth * rest,
  );
}

function replicasAt(options: DriverOptions, instant: Instant): number {
  const { service } = options;
  if (service.runs) {
    return instant.hour >= service.runs.fromHour &&
      instant.hour < service.runs.toHour
      ? 1
      : 0;
  }
  if (!service.autoscaler) {
    return service.replicas ?? 0;
  }
  const { minReplicas, maxReplicas, cpuTarget } = service.autoscaler;
  const seen = {
    ...instant,
    hour: instant.hour - (AUTOSCALER_LAG_STEPS * STEP_SECONDS) / HOUR_SECONDS,
  };
  const cores =
    ordinaryLoad(service, seen, options.anchor) * service.cpuSecondsPerRequest;
  const requested = service.containers.reduce(
    (sum, container) => sum + container.cpuRequest,
    0,
  );
  const desired = Math.ceil(
    cores / (requested * cpuTarget - service.idleCoresPerPod),
  );
  return Math.min(maxReplicas, Math.max(minReplicas, desired));
}
