import { WorkloadKey } from '@apexlogic/backstage-plugin-finops-common';
import {
  Calendar,
  createCalendar,
  DAY_SECONDS,
  STEP_SECONDS,
} from './calendar';
import { driversAt } from './drivers';
import { NoiseStream, noiseStream } from './noise';
import { deriveSample, Sample } from './sample';
import { keyOf, SERVICES } from './services';
import { STORIES } from './stories';
import { Service, Story } from './types';

const DEFAULT_DAYS = 60;
const DEFAULT_NOISE = 1;
/** UTC hour at which a service that is new in the recording first runs. */
const FIRST_DEPLOYMENT_HOUR = 9;

/** How the recording is made. */
export interface DemoEstateOptions {
  /** Any integer; the same seed and hour give the same recording on every machine. */
  readonly seed: number;
  /** Newest instant of the recording, rounded down to the hour; stories are placed relative to it. */
  readonly now: Date;
  /** Whole days before the day of `now`; 60 unless told. */
  readonly days?: number;
  /** 0 = clean curves without missing points, 1 = ordinary; 1 unless told. */
  readonly noise?: number;
  /**
   * Lets time go on after `now`: the recording then ends at what the clock says. Stays at `now`
   * unless given.
   */
  readonly clock?: () => Date;
}

/** A service with what belongs to it in one recording. */
export interface PlacedService {
  readonly key: WorkloadKey;
  readonly service: Service;
  readonly stories: readonly Story[];
  readonly noise: NoiseStream;
  /** Epoch seconds of its first point. */
  readonly createdAt: number;
}

/** The recording every source of the estate reads from. Holds no points: they are computed on demand. */
export interface Estate {
  readonly seed: number;
  readonly noiseLevel: number;
  readonly calendar: Calendar;
  readonly services: readonly PlacedService[];
  readonly stories: readonly Story[];
  find(key: WorkloadKey): PlacedService | undefined;
  /** Epoch seconds after the newest point, a multiple of five minutes. */
  end(): number;
  /** Truth at a 5-minute index, measured or not; `without` leaves one story out. */
  sampleAt(placed: PlacedService, index: number, without?: string): Sample;
  /** Whether the cluster recorded nothing on the UTC day of an instant. */
  isMissingDay(cluster: string, epoch: number): boolean;
}

export function createEstate(options: DemoEstateOptions): Estate {
  const { seed, clock } = options;
  const days = options.days ?? DEFAULT_DAYS;
  const noiseLevel = options.noise ?? DEFAULT_NOISE;
  if (
    !Number.isInteger(seed) ||
    !Number.isInteger(days) ||
    days < 1 ||
    !(noiseLevel >= 0)
  ) {
    throw new RangeError(
      'the estate needs an integer seed, a whole number of days of at least 1, and noise of at least 0',
    );
  }
  const calendar = createCalendar({ now: options.now, days });
  if (!Number.isFinite(calendar.anchor)) {
    throw new RangeError('the estate needs a valid date as now');
  }

  const stories = STORIES.map(template => template({ seed, calendar }));
  const services = SERVICES.map((service): PlacedService => {
    const key = keyOf(service);
    return {
      key,
      service,
      stories: stories.filter(
        story => story.effect && story.truth.workloads.includes(key),
      ),
      noise: noiseStream(seed, key),
      createdAt:
        service.createdDaysBefore === undefined
          ? calendar.start
          : Math.max(
              calendar.start,
              calendar.daysBefore(
                service.createdDaysBefore,
                FIRST_DEPLOYMENT_HOUR,
              ),
            ),
    };
  });
  const byKey = new Map(services.map(placed => [placed.key, placed]));

  return {
    seed,
    noiseLevel,
    calendar,
    services,
    stories,
    find: key => byKey.get(key),
    end() {
      const now = clock
        ? Math.max(clock().getTime() / 1000, calendar.anchor)
        : calendar.anchor;
      return Math.floor(now / STEP_SECONDS) * STEP_SECONDS;
    },
    sampleAt(placed, index, without) {
      const { service, noise } = placed;
      const instant = calendar.instant(index);
      const effective =
        without === undefined
          ? placed.stories
          : placed.stories.filter(story => story.truth.id !== without);
      const drivers = driversAt(
        {
          service,
          stories: effective,
          noise,
          noiseLevel,
          anchor: calendar.anchor,
        },
        instant,
      );
      return deriveSample(service, drivers, instant, noise, noiseLevel);
    },
    isMissingDay(cluster, epoch) {
      return stories.some(story =>
        story.missingDays?.some(
          missing =>
            missing.cluster === cluster &&
            epoch >= missing.start &&
            epoch < missing.start + DAY_SECONDS,
        ),
      );
    },
  };
}
