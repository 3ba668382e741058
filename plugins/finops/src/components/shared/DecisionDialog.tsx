import { UseMutationResult } from '@tanstack/react-query';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { ReactNode } from 'react';
import { FinopsRequestError } from '../../api';
import { Button, Dialog, LiveRegion, Notice, Stack } from '../../kit';
import { RequestFailure } from './RequestFailure';

export interface DecisionDialogProps {
  readonly detail: Schemas['RecommendationDetail'];
  readonly onClose: () => void;
  /** Called with a sentence that says what happened. */
  readonly onDone: (result: string) => void;
}

/** Shows the consequence, then progress, then closes on success or says why it did not work. */
export function DecisionDialog<Answer>(props: {
  title: string;
  consequence: ReactNode;
  confirm: string;
  confirming: string;
  disabled?: boolean;
  mutation: UseMutationResult<Answer, Error, void>;
  onClose: () => void;
  onSuccess: (answer: Answer) => void;
}) {
  const {
    title,
    consequence,
    confirm,
    confirming,
    disabled,
    mutation,
    onClose,
    onSuccess,
  } = props;
  return (
    <Dialog
      open
      title={title}
      onClose={() => !mutation.isPending && onClose()}
      actions={
        <>
          <Button kind="quiet" onClick={onClose} disabled={mutation.isPending}>
            Back
          </Button>
          <Button
            kind="primary"
            busy={mutation.isPending}
            disabled={disabled}
            onClick={() => mutation.mutate(undefined, { onSuccess })}
          >
            {mutation.isPending ? confirming : confirm}
          </Button>
        </>
      }
    >
      <Stack>
        {consequence}
        <LiveRegion>{mutation.isPending && confirming}</LiveRegion>
        {mutation.isError && <DecisionFailure error={mutation.error} />}
      </Stack>
    </Dialog>
  );
}

/** Refusals a person can do something about, in words. */
const REFUSALS: Record<string, { title: string; advice: string }> = {
  'plan-changed': {
    title: 'The file changed since this preview',
    advice: 'Nothing was written. Go back and look at the new change first.',
  },
  'self-approval': {
    title: 'You cannot approve your own request',
    advice: 'Ask somebody else who may decide on this entity.',
  },
  'policy-denied': {
    title: 'A policy denies this change',
    advice: 'Nothing was written. The gates say which policy and why.',
  },
  'forge-conflict': {
    title: 'The repository moved in between',
    advice: 'Nothing was written. Try again; the change is worked out anew.',
  },
  'limit-reached': {
    title: 'Enough change requests are open',
    advice: 'Nothing was written.',
  },
  frozen: {
    title: 'Changes are frozen',
    advice: 'Whoever may govern the portal can lift it before.',
  },
  'outside-window': {
    title: 'Not at this time',
    advice: 'It can be opened then.',
  },
  'too-young': {
    title: 'This advice is too young',
    advice: 'It can be opened then, if it still holds.',
  },
  'breaker-open': {
    title: 'Changes are stopped for now',
    advice: 'It is tried again by itself; who governs the portal can end it.',
  },
  'autonomy-too-low': {
    title: 'Suggestions only',
    advice: 'Nothing was written. Who governs the portal can allow more.',
  },
  paused: {
    title: 'Writing is paused',
    advice: 'Nothing was written. Whoever paused it can lift the pause.',
  },
};

function DecisionFailure(props: { error: Error }) {
  const { error } = props;
  const refusal =
    error instanceof FinopsRequestError && error.code
      ? REFUSALS[error.code]
      : undefined;
  if (!refusal) {
    return <RequestFailure error={error} />;
  }
  return (
    <Notice tone="warning" title={refusal.title}>
      {error.message} {refusal.advice}
    </Notice>
  );
}
