import { AlertSource } from '@apexlogic/backstage-plugin-finops-node';
import { isoOf } from './calendar';
import { capabilitiesOf } from './capabilities';
import { Estate } from './estate';
import { clipPeriod, placedWorkloads } from './reads';

/** Alerts of monitoring and of the SIEM that were active in the period; none is an answer too. */
export function createAlertSource(estate: Estate): AlertSource {
  return {
    id: 'demo',
    capabilities: capabilitiesOf(estate, 'alert'),
    async *readAlerts(read, { signal }) {
      signal.throwIfAborted();
      const { start, end } = clipPeriod(estate, read.period);
      const keys = new Set(
        placedWorkloads(estate, read.workloads).map(placed => placed.key),
      );
      const alerts = estate.stories
        .flatMap(story => story.alerts ?? [])
        .filter(
          ({ workload, startsAt, endsAt }) =>
            keys.has(workload) &&
            Date.parse(startsAt) < end * 1000 &&
            (endsAt === undefined || Date.parse(endsAt) > start * 1000),
        );
      yield { status: 'ok', data: alerts, asOf: isoOf(estate.end()) };
    },
  };
}
