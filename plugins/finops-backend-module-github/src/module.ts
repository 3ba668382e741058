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
import { eventsServiceRef } from '@backstage/plugin-events-node';
import {
  finopsChangeRequestEventsExtensionPoint,
  finopsForgesExtensionPoint,
} from '@apexlogic/backstage-plugin-finops-node';
import { GithubEventSource } from './GithubEventSource';
import { GithubForge } from './GithubForge';

/**
 * Registers one forge for every entry of `integrations.github`, and GitHub's webhooks as events of change requests.
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
        events: eventsServiceRef,
        forges: finopsForgesExtensionPoint,
        changeRequests: finopsChangeRequestEventsExtensionPoint,
      },
      async init({ config, logger, events, forges, changeRequests }) {
        changeRequests.addChangeRequestEvents(
          new GithubEventSource({ events, config, logger }),
        );
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
