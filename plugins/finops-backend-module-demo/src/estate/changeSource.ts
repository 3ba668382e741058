import { workloadKey } from '@apexlogic/backstage-plugin-finops-common';
import { ChangeSource } from '@apexlogic/backstage-plugin-finops-node';
import { isoOf } from './calendar';
import { capabilitiesOf } from './capabilities';
import { Estate } from './estate';
import { clipPeriod } from './reads';
import { changesOf } from './releases';

/** Commits, deployments and hand-made changes of the estate. */
export function createChangeSource(estate: Estate): ChangeSource {
  return {
    id: 'demo',
    capabilities: capabilitiesOf(estate, 'change'),
    async *readChanges(reads, period, { signal }) {
      const { start, end } = clipPeriod(estate, period);
      for (const read of reads) {
        signal.throwIfAborted();
        const events = read.workloads
          .flatMap(workload => estate.find(workloadKey(workload)) ?? [])
          .flatMap(placed => changesOf(estate, placed))
          .filter(
            ({ at }) =>
              Date.parse(at) >= start * 1000 && Date.parse(at) < end * 1000,
          )
          .sort((a, b) => (a.at < b.at ? -1 : 1));
        yield {
          status: 'ok',
          data: { entityRef: read.entityRef, events },
          asOf: isoOf(estate.end()),
        };
      }
    },
  };
}
