import { AuthService, DiscoveryService } from '@backstage/backend-plugin-api';
import {
  AuthenticationError,
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
} from '@backstage/errors';
import { ActionContext } from '@backstage/plugin-scaffolder-node';
import {
  createFinopsClient,
  FinopsClient,
} from '@apexlogic/backstage-plugin-finops-common/client';

/** What the actions need of the backend they run in. @public */
export interface FinopsApiDependencies {
  readonly auth: AuthService;
  readonly discovery: DiscoveryService;
}

type InitiatorContext = Pick<
  ActionContext<{}>,
  'getInitiatorCredentials' | 'signal'
>;

/**
 * A client of the FinOps backend that acts for whoever started the task: the same permissions hold as in
 * the portal, and the audit trail names the person.
 */
export async function finopsClientOfInitiator(
  context: InitiatorContext,
  { auth, discovery }: FinopsApiDependencies,
): Promise<FinopsClient> {
  const { token } = await auth.getPluginRequestToken({
    onBehalfOf: await context.getInitiatorCredentials(),
    targetPluginId: 'finops',
  });
  return createFinopsClient({
    baseUrl: await discovery.getBaseUrl('finops'),
    fetch: (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${token}`);
      return fetch(url, { ...init, headers, signal: context.signal });
    },
  });
}

/** How `openapi-fetch` answers. */
interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The data of an answer. Everything else becomes an error that says what was tried, what the backend
 * said, and has the type of its status, so that the task log is enough to act on.
 */
export async function dataOf<T>(
  attempt: string,
  request: Promise<Answer<T>>,
): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (error) {
    throw new ServiceUnavailableError(
      `${attempt} failed: the FinOps backend does not answer as it should`,
      error,
    );
  }
  if (answer.response.ok && answer.data !== undefined) {
    return answer.data;
  }
  throw errorOfStatus(
    answer.response.status,
    `${attempt} failed: ${reasonOf(answer)}`,
  );
}

function reasonOf({ error, response }: Answer<unknown>): string {
  const body = (
    error as { error?: { message?: unknown; code?: unknown } } | undefined
  )?.error;
  if (typeof body?.message !== 'string') {
    return `the FinOps backend answered ${response.status}`;
  }
  return typeof body.code === 'string'
    ? `${body.message} (${body.code})`
    : body.message;
}

function errorOfStatus(status: number, message: string): Error {
  switch (status) {
    case 400:
    case 422:
      return new InputError(message);
    case 401:
      return new AuthenticationError(message);
    case 403:
      return new NotAllowedError(message);
    case 404:
      return new NotFoundError(message);
    case 409:
      return new ConflictError(message);
    default:
      return new ServiceUnavailableError(message);
  }
}
