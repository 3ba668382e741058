import { finopsCostReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { identityApiRef, useApi } from '@backstage/core-plugin-api';
import { humanizeEntityRef } from '@backstage/plugin-catalog-react';
import { parseEntityRef } from '@backstage/catalog-model';
import { useQuery } from '@tanstack/react-query';
import { teamReviewCsv } from '../../figures/csv';
import { parsePeriod, recentMonths } from '../../figures/periodSelection';
import { formatMonth } from '../../figures/time';
import { downloadText } from '../../hooks/downloadText';
import { useTeamReview } from '../../hooks/queries';
import { useNow } from '../../hooks/useNow';
import { useUrlState } from '../../hooks/useUrlState';
import { Button, Panel, SelectField, Stack, Text } from '../../kit';
import { QueryStates } from '../shared/QueryStates';
import { SourceNotices } from '../shared/SourceNotices';
import { NotCovered } from './NotCovered';
import { ServicesTable } from './ServicesTable';
import { TeamChanges } from './TeamChanges';
import { TeamTotal } from './TeamTotal';

/** Months one can look back to, as far as daily cost is kept. */
const MONTHS = 25;
const MINE = '';

/** One month of everything an owner owns. */
export function TeamReviewScreen() {
  const now = useNow();
  const url = useUrlState();
  const months = recentMonths(now, MONTHS);
  const asked = parsePeriod(url.get('month'));
  const month = asked.kind === 'month' ? asked.month : months[0];
  const owner = url.get('owner');
  const owners = useOwnOwners();
  const query = useTeamReview({
    month,
    ownerRefs: owner ? [owner] : undefined,
  });
  const choices = [...new Set([...owners, ...(owner ? [owner] : [])])];

  return (
    <Stack>
      <Stack direction="row" justify="space-between">
        <Stack direction="row">
          <SelectField
            label="Month"
            value={month}
            choices={[...new Set([...months, month])].map(value => ({
              value,
              label: formatMonth(value),
            }))}
            onChange={value => url.set({ month: value })}
          />
          <SelectField
            label="Owner"
            value={owner ?? MINE}
            choices={[
              { value: MINE, label: 'All I own' },
              ...choices.map(value => ({ value, label: ownerName(value) })),
            ]}
            onChange={value => url.set({ owner: value || undefined })}
          />
        </Stack>
        <Button
          disabled={!query.data || query.data.entities.length === 0}
          onClick={() =>
            query.data &&
            downloadText(
              `cost-review-${query.data.month}.csv`,
              'text/csv;charset=utf-8',
              teamReviewCsv(query.data),
            )
          }
        >
          Export CSV
        </Button>
      </Stack>
      <QueryStates
        query={query}
        title="Cost review"
        permission={finopsCostReadPermission.name}
        blockHeight={360}
      >
        {review => <Review review={review} now={now} />}
      </QueryStates>
    </Stack>
  );
}

function Review(props: { review: Schemas['TeamReview']; now: number }) {
  const { review, now } = props;
  const { totals, entities, changes = [], notCovered } = review;
  if (totals.length === 0 && entities.length === 0) {
    return (
      <Stack>
        <SourceNotices sources={review.sources} />
        <Panel title={formatMonth(review.month)}>
          <Text kind="lead">{emptySentence(review)}</Text>
        </Panel>
        {notCovered.length > 0 && <NotCovered notCovered={notCovered} />}
      </Stack>
    );
  }
  return (
    <Stack>
      <SourceNotices sources={review.sources} />
      {totals.map(total => (
        <TeamTotal
          key={total.total.currency}
          total={total}
          month={review.month}
          now={now}
        />
      ))}
      <Panel title="What changed">
        <TeamChanges changes={changes} />
      </Panel>
      <Panel title="Services">
        <ServicesTable entities={entities} month={review.month} />
      </Panel>
      {notCovered.length > 0 && <NotCovered notCovered={notCovered} />}
    </Stack>
  );
}

function emptySentence(review: Schemas['TeamReview']): string {
  if (review.ownerRefs.length === 0) {
    return 'You own nothing in the catalog yet, so there is nothing to review. Join a group or choose an owner.';
  }
  return review.notCovered.length > 0
    ? `No cost is known for ${formatMonth(
        review.month,
      )}. The list below says what is missing.`
    : `${review.ownerRefs
        .map(ownerName)
        .join(', ')} owned nothing with a cost in ${formatMonth(
        review.month,
      )}.`;
}

/** The groups (and user) the viewer owns things as. */
function useOwnOwners(): string[] {
  const identity = useApi(identityApiRef);
  const { data } = useQuery({
    queryKey: ['own-owners'],
    queryFn: async () =>
      (await identity.getBackstageIdentity()).ownershipEntityRefs,
  });
  return data ?? [];
}

function ownerName(ref: string): string {
  try {
    return humanizeEntityRef(parseEntityRef(ref), { defaultKind: 'group' });
  } catch {
    // The reference may come from the URL; whatever it is, the backend says what is wrong with it.
    return ref;
  }
}
