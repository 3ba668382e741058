import {
  ForgeError,
  ForgeErrorCode,
} from '@apexlogic/backstage-plugin-finops-node';

/** Machine-readable causes in the body of an error answer. */
export type ErrorCode =
  | 'not-found'
  | 'not-allowed'
  | 'bad-input'
  | 'wrong-state'
  | 'no-plan'
  | 'plan-changed'
  | 'plan-refused'
  | 'policy-denied'
  | 'paused'
  | 'autonomy-too-low'
  | 'limit-reached'
  | 'frozen'
  | 'breaker-open'
  | 'outside-window'
  | 'too-young'
  | 'self-approval'
  | 'delivery-in-progress'
  | 'change-request-declined'
  | 'branch-taken-over'
  | `forge-${ForgeErrorCode}`;

const STATUS: Record<
  Exclude<ErrorCode, `forge-${string}`>,
  [status: number, name: string]
> = {
  'not-found': [404, 'NotFoundError'],
  'not-allowed': [403, 'NotAllowedError'],
  'bad-input': [400, 'InputError'],
  'wrong-state': [409, 'ConflictError'],
  'no-plan': [409, 'ConflictError'],
  'plan-changed': [409, 'ConflictError'],
  'plan-refused': [409, 'ConflictError'],
  'policy-denied': [409, 'ConflictError'],
  paused: [409, 'ConflictError'],
  'autonomy-too-low': [409, 'ConflictError'],
  'limit-reached': [409, 'ConflictError'],
  frozen: [409, 'ConflictError'],
  'breaker-open': [409, 'ConflictError'],
  'outside-window': [409, 'ConflictError'],
  'too-young': [409, 'ConflictError'],
  'self-approval': [403, 'NotAllowedError'],
  'delivery-in-progress': [409, 'ConflictError'],
  'change-request-declined': [409, 'ConflictError'],
  'branch-taken-over': [409, 'ConflictError'],
};

/** Failures after which asking again later is all that is needed. */
const PASSING: readonly ErrorCode[] = [
  'paused',
  'limit-reached',
  'frozen',
  'breaker-open',
  'outside-window',
  'too-young',
  'delivery-in-progress',
  'plan-changed',
  'forge-conflict',
  'forge-rate-limited',
  'forge-unavailable',
  'forge-unauthorized',
];

/** Whether a failure passes by itself, or once somebody has mended what it is about. */
export function isPassing(code: ErrorCode): boolean {
  return PASSING.includes(code);
}

const FORGE_STATUS: Record<ForgeErrorCode, [status: number, name: string]> = {
  // 502, not 401 or 403: it is the portal's access to the forge that failed, not the caller's.
  unauthorized: [502, 'BadGatewayError'],
  'not-found': [502, 'BadGatewayError'],
  conflict: [409, 'ConflictError'],
  rejected: [502, 'BadGatewayError'],
  'rate-limited': [503, 'ServiceUnavailableError'],
  unavailable: [502, 'BadGatewayError'],
};

const FORGE_WORDS: Record<ForgeErrorCode, string> = {
  unauthorized:
    'The forge refused the portal’s credentials; check the integration and its scopes.',
  'not-found':
    'The forge does not know this repository or branch, or hides it from the portal.',
  conflict:
    'The repository moved meanwhile; look at the new plan and try again.',
  rejected: 'The forge refused the change.',
  'rate-limited': 'The forge asks to slow down; try again later.',
  unavailable: 'The forge does not answer; nothing is lost, try again.',
};

/** An expected failure of a request, with a code to act on and a message for people. */
export class FinopsError extends Error {
  readonly name: string;
  readonly statusCode: number;
  /** ISO instant from which on it may be tried again, where that is known. */
  readonly retryAt?: string;
  constructor(
    readonly code: ErrorCode,
    message: string,
    details: { readonly retryAt?: string } = {},
  ) {
    super(message);
    if (details.retryAt !== undefined) {
      this.retryAt = details.retryAt;
    }
    [this.statusCode, this.name] = code.startsWith('forge-')
      ? FORGE_STATUS[code.slice('forge-'.length) as ForgeErrorCode]
      : STATUS[code as keyof typeof STATUS];
  }
}

/** Runs a call to a forge; its errors become answers that say whose failure it is. */
export async function callForge<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && error.name === 'ForgeError') {
      const { code, message } = error as ForgeError;
      throw new FinopsError(`forge-${code}`, `${FORGE_WORDS[code]} ${message}`);
    }
    throw error;
  }
}
