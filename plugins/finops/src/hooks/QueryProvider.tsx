import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ReactNode, useState } from 'react';
import { FinopsRequestError } from '../api';

/** Answers younger than this are shown again without asking. */
const FRESH_MS = 60_000;
const RETRY_DELAY_MS = 500;

/**
 * Gives a screen its own query client, so that nothing is shared with the portal or kept at module
 * level.
 */
export function QueryProvider(props: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: FRESH_MS,
            refetchOnWindowFocus: false,
            retry: (failures, error) => failures < 1 && mayPass(error),
            retryDelay: RETRY_DELAY_MS,
          },
          mutations: { retry: false },
        },
      }),
  );
  return (
    <QueryClientProvider client={client}>{props.children}</QueryClientProvider>
  );
}

/** Only a gateway between us and the backend is worth a second try without being asked. */
function mayPass(error: unknown): boolean {
  return (
    error instanceof FinopsRequestError &&
    (error.status === undefined ||
      error.status === 502 ||
      error.status === 503 ||
      error.status === 504)
  );
}
