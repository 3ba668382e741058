import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import PromiseRouter from 'express-promise-router';
import { createApiRouter } from './createApiRouter';
import { startEmulator } from './emulator';
import { ForgeFaults } from './ForgeFaults';
import { ForgeRecords } from './ForgeRecords';
import { createPageRouter } from './pages/createPageRouter';
import { PullRequests } from './PullRequests';
import { seedRepository } from './seedRepository';
import { DemoForge, DemoForgeOptions, ForgePerson } from './types';
import { Upstream } from './Upstream';

const BOT: ForgePerson = { login: 'finops-bot', name: 'FinOps bot' };
const PEOPLE: readonly ForgePerson[] = [
  { login: 'maintainer', name: 'Repository maintainer' },
  { login: 'reviewer', name: 'Second reviewer' },
];

/**
 * Starts the forge's engine as a child process that ends with this one, fills its repository, and
 * returns the router to mount at `publicUrl`.
 *
 * @public
 */
export async function createDemoForge(
  options: DemoForgeOptions,
): Promise<DemoForge> {
  const {
    publicUrl,
    owner = 'fernhill',
    repository = 'gitops',
    token = 'demo-token',
    people = PEOPLE,
    requiredStatuses = ['finops/approval'],
  } = options;
  const emulator = await startEmulator({
    publicUrl,
    owner,
    repository,
    people: [BOT, ...people],
  });
  try {
    const upstream = new Upstream(
      emulator,
      `/repos/${owner}/${repository}`,
      BOT.login,
    );
    await seedRepository(
      upstream.as(people[0]?.login ?? BOT.login),
      resolve(options.gitopsPath),
    );

    const tokens = new Map([
      [token, BOT.login],
      ...people.map(
        ({ login }) => [randomBytes(24).toString('hex'), login] as const,
      ),
    ]);
    const records = new ForgeRecords();
    const faults = new ForgeFaults();
    const pulls = new PullRequests(upstream, records, requiredStatuses);
    const router = PromiseRouter();
    router.use(
      '/api/v3',
      createApiRouter({
        upstream,
        publicUrl,
        records,
        pulls,
        faults,
        loginOf: presented => tokens.get(presented),
        owner,
        repository,
      }),
    );
    router.use(
      `/${owner}/${repository}`,
      createPageRouter({
        publicUrl,
        records,
        pulls,
        people,
        owner,
        repository,
      }),
    );

    return {
      router,
      faults,
      apiBaseUrl: `${publicUrl}/api/v3`,
      repositoryUrl: `${publicUrl}/${owner}/${repository}`,
      owner,
      repository,
      token,
      tokenOf(login) {
        const found = [...tokens].find(([, other]) => other === login);
        if (!found) {
          throw new Error(`The demo forge knows no person '${login}'`);
        }
        return found[0];
      },
      upstreamUrl: emulator.url,
      stop: () => emulator.stop(),
    };
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}
