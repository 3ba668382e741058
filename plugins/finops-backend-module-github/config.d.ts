import { HumanDuration } from '@backstage/types';

export interface Config {
  finops?: {
    /** GitHub as the forge of change requests; hosts and credentials come from `integrations.github`. */
    github?: {
      /**
       * Pause between two writes to one host, as GitHub asks of its clients. Default: one second.
       * Shorten it only for a server of your own without that limit.
       */
      writeInterval?: string | HumanDuration;
    };
  };
}
