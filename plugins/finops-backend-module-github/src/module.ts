import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { readDurationFromConfig } from '@backstage/config';
import {
  DefaultGithubCredentialsProvider,
  ScmIntegrations,
} from '@backstage/integration';
import { durationToMilliseconds } from '@backstage/types';
import { finopsForgesExtensionPoint } from '@apexlogic/backstage-plugin-finops-node';
import { GithubForge } from './GithubForge';

/**
 * Registers one forge for every entry of `integrations.github`.
 *
 * @public
 */
export const finopsModuleGithub = createBackendModule({
  pluginId: 'finops',
  moduleId: 'github',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        logger: coreServices.logger,
        forges: finopsForgesExtensionPoint,
      },
      async init({ config, logger, forges }) {
        const integrations = ScmIntegrations.fromConfig(config);
        const credentials =
          DefaultGithubCredentialsProvider.fromIntegrations(integrations);
        const writeIntervalMilliseconds = config.has(
          'finops.github.writeInterval',
        )
          ? durationToMilliseconds(
              readDurationFromConfig(config, {
                key: 'finops.github.writeInterval',
              }),
            )
          : undefined;
        for (const { config: integration } of integrations.github.list()) {
          if (!integration.apiBaseUrl) {
            logger.warn(
              `The GitHub integration '${integration.host}' has no apiBaseUrl: change requests cannot be opened there`,
            );
            continue;
          }
          forges.addForge(
            GithubForge.create({
              host: integration.host,
              apiBaseUrl: integration.apiBaseUrl,
              credentials,
              writeIntervalMilliseconds,
            }),
          );
        }
      },
    });
  },
});
