import { FinopsRequestError } from '../../api';
import { Button, Code, Notice, Text } from '../../kit';

/** What happened, how to try again, and what to quote when asking for help. */
export function RequestFailure(props: {
  error: unknown;
  onRetry?: () => void;
  permission?: string;
  ask?: string;
}) {
  const { error, onRetry, permission, ask } = props;
  const failure = error instanceof FinopsRequestError ? error : undefined;
  if (failure?.status === 403) {
    return (
      <Notice tone="info" title="You may not see this">
        <Text>
          {permission ? (
            <>
              It needs the permission <Code>{permission}</Code>.{' '}
            </>
          ) : (
            `${failure.message} `
          )}
          Ask {ask ?? 'the owner of this entity or whoever runs the portal'}.
        </Text>
      </Notice>
    );
  }
  return (
    <Notice
      tone="error"
      title={failure?.status === 404 ? 'Not found' : 'This could not be loaded'}
      action={onRetry && <Button onClick={onRetry}>Try again</Button>}
    >
      <Text>
        {failure?.message ?? 'Something unexpected happened in this page.'}
      </Text>
      {failure && (
        <Text kind="small">
          Quote this when asking for help: {failure.reference}
        </Text>
      )}
    </Notice>
  );
}
