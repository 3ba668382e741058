import { WorkloadKey } from '@apexlogic/backstage-plugin-finops-common';
import { ChangeEvent } from '@apexlogic/backstage-plugin-finops-node';
import { isoOf } from './calendar';
import { Estate, PlacedService } from './estate';
import { hashHex, noiseStream } from './noise';

const FIRST_HOUR = 9;
const WORKING_HOURS = 6;
/** Time from commit to deployment, in seconds: between forty minutes and three hours. */
const SHORTEST_LEAD = 2_400;
const LEAD_SPREAD = 8_400;

const COMMIT_TITLES: readonly string[] = [
  'Bump dependencies',
  'Return 404 for unknown ids instead of an empty list',
  'Add a readiness probe that checks the connection pool',
  'Translate error messages to French',
  'Log the request id with every error',
  'Refactor the repository layer',
  'Retry once when the upstream closes the connection',
  'Remove the unused feature flag for spring sale',
  'Validate postcodes on the server',
  'Use the shared HTTP client',
];

/** A change of one workload. */
export type WorkloadChange = ChangeEvent & { readonly workload: WorkloadKey };

/** All changes of a workload inside the recording, oldest first: ordinary releases and stories. */
export function changesOf(
  estate: Estate,
  placed: PlacedService,
): WorkloadChange[] {
  const { service, key } = placed;
  const random = noiseStream(estate.seed, `releases/${key}`);
  const changes: WorkloadChange[] = [];
  for (let release = 0; ; release++) {
    const daysBefore =
      service.release.lastDaysBefore + release * service.release.everyDays;
    const deployed =
      Math.round(
        estate.calendar.daysBefore(
          daysBefore,
          FIRST_HOUR + random.uniform(release * 3) * WORKING_HOURS,
        ) / 60,
      ) * 60;
    if (deployed < placed.createdAt) {
      break;
    }
    const committed =
      deployed -
      SHORTEST_LEAD -
      Math.floor((random.uniform(release * 3 + 1) * LEAD_SPREAD) / 60) * 60;
    const title =
      COMMIT_TITLES[
        Math.floor(random.uniform(release * 3 + 2) * COMMIT_TITLES.length)
      ];
    const revision = hashHex(estate.seed, `${key}/release/${release}`, 40);
    changes.push(
      {
        id: `commit/${revision}`,
        kind: 'commit',
        at: isoOf(committed),
        title,
        revision,
        workload: key,
      },
      {
        id: `deployment/${service.namespace}/${service.name}/${revision.slice(
          0,
          7,
        )}`,
        kind: 'deployment',
        at: isoOf(deployed),
        title: `Deploy ${service.name} at ${revision.slice(0, 7)}`,
        revision,
        workload: key,
      },
    );
  }
  for (const story of estate.stories) {
    changes.push(
      ...(story.changes ?? []).filter(change => change.workload === key),
    );
  }
  return changes.sort((a, b) => (a.at < b.at ? -1 : 1));
}
