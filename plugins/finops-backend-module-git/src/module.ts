import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { ScmIntegrations } from '@backstage/integration';
import { finopsSourcesExtensionPoint } from '@apexlogic/backstage-plugin-finops-node';
import { gitCredentials } from './credentials';
import { GitChangeSource } from './GitChangeSource';
import { RepositoryMirror } from './RepositoryMirror';

const DEFAULT_TIMEOUT_SECONDS = 60;

/**
 * Commits and deployments from the entities' repositories. On when `finops.git` is configured, since
 * it copies repositories to the backend's disk.
 *
 * @public
 */
export const finopsModuleGit = createBackendModule({
  pluginId: 'finops',
  moduleId: 'git',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        sources: finopsSourcesExtensionPoint,
      },
      async init({ config, sources }) {
        if (!config.has('finops.git')) {
          return;
        }
        const integrations = ScmIntegrations.fromConfig(config);
        const timeoutSeconds =
          config.getOptionalNumber('finops.git.timeoutSeconds') ??
          DEFAULT_TIMEOUT_SECONDS;
        const mirror = new RepositoryMirror({
          cacheDirectory:
            config.getOptionalString('finops.git.cacheDirectory') ??
            join(tmpdir(), 'backstage-finops-git'),
          timeoutMs: timeoutSeconds * 1_000,
          credentials: url => gitCredentials(integrations, url),
        });
        sources.addChangeSource(new GitChangeSource(mirror));
      },
    });
  },
});
