import { UseQueryResult } from '@tanstack/react-query';
import { ReactNode } from 'react';
import { LoadingShape, Notice, Panel, Text } from '../../kit';
import { RequestFailure } from './RequestFailure';

/**
 * The states every panel shares: loading in the shape of what comes, failed, and answered. An older
 * answer is kept on the screen when a newer one could not be had.
 */
export function QueryStates<Data>(props: {
  query: UseQueryResult<Data>;
  title: string;
  permission: string;
  ask?: string;
  blockHeight?: number;
  children: (data: Data) => ReactNode;
}) {
  const { query, title, permission, ask, blockHeight = 280, children } = props;
  const retry = () => query.refetch();
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && (
          <Notice tone="warning" title="Showing the last answer">
            <Text>A newer one could not be had.</Text>
            <RequestFailure
              error={query.error}
              onRetry={retry}
              permission={permission}
              ask={ask}
            />
          </Notice>
        )}
        {children(query.data)}
      </>
    );
  }
  return (
    <Panel title={title}>
      {query.isError ? (
        <RequestFailure
          error={query.error}
          onRetry={retry}
          permission={permission}
          ask={ask}
        />
      ) : (
        <LoadingShape
          label={`Loading ${title.toLowerCase()}`}
          blockHeight={blockHeight}
        />
      )}
    </Panel>
  );
}
