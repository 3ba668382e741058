import { RootConfigService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';

const DEFAULT_SEED = 1;
const DEFAULT_GITOPS_PATH = '../../examples/gitops';

export interface DemoConfig {
  readonly seed: number;
  readonly days: number | undefined;
  readonly noise: number | undefined;
  /** `undefined`: the recording goes on with the clock. */
  readonly now: Date | undefined;
  readonly gitopsPath: string;
  readonly owner: string | undefined;
  readonly repository: string | undefined;
  readonly token: string | undefined;
}

/** `undefined` when the portal is no demo. */
export function readDemoConfig(
  root: RootConfigService,
): DemoConfig | undefined {
  const config = root.getOptionalConfig('finops.demo');
  if (!config) {
    return undefined;
  }
  const text = config.getOptionalString('now');
  const now = text === undefined ? undefined : new Date(text);
  if (now && Number.isNaN(now.getTime())) {
    throw new InputError(
      `finops.demo.now is '${text}', expected an ISO instant such as 2026-11-01T00:00:00Z`,
    );
  }
  return {
    seed: config.getOptionalNumber('seed') ?? DEFAULT_SEED,
    days: config.getOptionalNumber('days'),
    noise: config.getOptionalNumber('noise'),
    now,
    gitopsPath: config.getOptionalString('gitopsPath') ?? DEFAULT_GITOPS_PATH,
    owner: config.getOptionalString('forge.owner'),
    repository: config.getOptionalString('forge.repository'),
    token: config.getOptionalString('forge.token'),
  };
}
