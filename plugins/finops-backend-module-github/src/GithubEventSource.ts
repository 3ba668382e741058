import {
  LoggerService,
  RootConfigService,
} from '@backstage/backend-plugin-api';
import { EventsService } from '@backstage/plugin-events-node';
import {
  ChangeRequestEvent,
  ChangeRequestEventSource,
} from '@apexlogic/backstage-plugin-finops-node';
import { readWebhook } from './readWebhook';

const TOPICS = ['github.pull_request', 'github.workflow_run'];

/**
 * Webhooks of GitHub, as the portal's events backend receives them: its GitHub module checks the signature and
 * puts each kind of event under a topic of its own.
 */
export class GithubEventSource implements ChangeRequestEventSource {
  readonly id = 'github';

  constructor(
    private readonly options: {
      readonly events: EventsService;
      readonly config: RootConfigService;
      readonly logger: LoggerService;
    },
  ) {}

  async subscribe(
    onEvent: (event: ChangeRequestEvent) => Promise<void>,
  ): Promise<void> {
    const { events, config, logger } = this.options;
    assertSigned(config);
    await events.subscribe({
      id: 'finops-change-requests',
      topics: TOPICS,
      onEvent: async ({ eventPayload, metadata = {} }) => {
        const read = readWebhook(eventPayload, metadata);
        if (read.kind === 'event') {
          await onEvent(read.event);
        } else if (read.kind === 'refused') {
          logger.warn('A webhook of GitHub was refused', {
            delivery: String(metadata['x-github-delivery']),
            reason: read.reason,
          });
        }
      },
    });
  }
}

/** Without a secret the events backend lets everybody in, and below a topic of its own it never asks for one. */
function assertSigned(config: RootConfigService): void {
  const apps = (
    config.getOptionalConfigArray('integrations.github') ?? []
  ).flatMap(integration => integration.getOptionalConfigArray('apps') ?? []);
  if (
    !config.has('events.modules.github.webhookSecret') &&
    !apps.some(app => app.has('webhookSecret'))
  ) {
    throw new Error(
      'finops.check needs signed webhooks: set events.modules.github.webhookSecret, or webhookSecret of a GitHub App under integrations.github',
    );
  }
  const open = (
    config.getOptionalStringArray('events.http.topics') ?? []
  ).filter(topic => topic.startsWith('github.'));
  if (open.length > 0) {
    throw new Error(
      `finops.check needs signed webhooks: remove ${open.join(
        ', ',
      )} from events.http.topics, where nobody checks a signature`,
    );
  }
}
