import {
  addDays,
  Day,
  DAY_MS,
  dayOf,
} from '@apexlogic/backstage-plugin-finops-common';
import { Service, workloadOf } from './estate';
import { listen, TestServer } from './listen';

/** Dollars a day that one service costs: three half cores and three half GiB. */
export const CPU_DOLLARS = 1.14;
export const MEMORY_DOLLARS = 0.15;
/** How many days ago the network of every service cost far more than usual, and how much. */
export const SPIKE_DAYS_AGO = 6;
const NETWORK_DOLLARS = 0.05;
const SPIKE_DOLLARS = 6;

/** Serves the allocation API as OpenCost does: one set a day, one allocation a controller. */
export async function startOpenCost(
  services: readonly Service[],
): Promise<TestServer> {
  return await listen((request, response) => {
    const url = new URL(request.url!, 'http://opencost');
    const [from, to] = url.searchParams.get('window')!.split(',');
    const cluster = /cluster:"([^"]+)"/.exec(
      url.searchParams.get('filter') ?? '',
    )?.[1];
    const sets = [];
    for (let day = dayOf(from); day < dayOf(to); day = addDays(day, 1)) {
      sets.push(
        Object.fromEntries(
          services
            .filter(service => !cluster || service.cluster === cluster)
            .map(service => allocationOf(service, day))
            .map(allocation => [allocation.name, allocation]),
        ),
      );
    }
    const found = url.pathname === '/allocation';
    response.writeHead(found ? 200 : 404, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify({ code: found ? 200 : 404, data: sets }));
  });
}

function allocationOf(service: Service, day: Day) {
  const { cluster, namespace, name } = workloadOf(service);
  const start = Date.parse(`${day}T00:00:00Z`);
  const end = Math.min(start + DAY_MS, Date.now());
  const share = (end - start) / DAY_MS;
  // Bills are never quite the same; this repeats nowhere near a week.
  const noise = 1 + 0.01 * Math.sin(start / DAY_MS);
  const spike = day === addDays(dayOf(Date.now()), -SPIKE_DAYS_AGO);
  return {
    name: `${cluster}/${namespace}/deployment/${name}`,
    properties: {
      cluster,
      namespace,
      controllerKind: 'deployment',
      controller: name,
    },
    window: {
      start: new Date(start).toISOString(),
      end: new Date(start + DAY_MS).toISOString(),
    },
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    minutes: 1440 * share,
    cpuCost: CPU_DOLLARS * noise * share,
    ramCost: MEMORY_DOLLARS * noise * share,
    networkCost: (spike ? SPIKE_DOLLARS : NETWORK_DOLLARS) * share,
    totalCost:
      ((CPU_DOLLARS + MEMORY_DOLLARS) * noise +
        (spike ? SPIKE_DOLLARS : NETWORK_DOLLARS)) *
      share,
  };
}
