import { finopsRecommendationReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useState } from 'react';
import { deliverySteps } from '../../figures/deliverySteps';
import { formatPercent } from '../../figures/percent';
import { EFFORT_WORDS, RISK_WORDS } from '../../figures/words';
import { useRecommendation } from '../../hooks/queries';
import { useNow } from '../../hooks/useNow';
import {
  Code,
  Drawer,
  ExternalLink,
  LiveRegion,
  LoadingShape,
  Notice,
  Panel,
  Stack,
  Steps,
  Text,
} from '../../kit';
import { InstantText } from '../shared/InstantText';
import { RequestFailure } from '../shared/RequestFailure';
import { SavingText } from '../shared/SavingText';
import { ChangeSection } from './ChangeSection';
import { DecisionBar } from './DecisionBar';
import { GatesSection } from './GatesSection';
import { HistorySection } from './HistorySection';
import { StateBadge } from './RecommendationRow';
import { WhySection } from './WhySection';

/** One recommendation from the sentence to the button that acts on it. */
export function RecommendationDrawer(props: {
  id: string;
  ask: string;
  onClose: () => void;
}) {
  const { id, ask, onClose } = props;
  const query = useRecommendation(id);
  // Said once after a decision; the state itself is shown by the steps.
  const [result, setResult] = useState<string>();
  const detail = query.data;
  return (
    <Drawer
      open
      title={detail?.recommendation.title ?? 'Recommendation'}
      onClose={onClose}
      footer={detail && <DecisionBar detail={detail} onDone={setResult} />}
    >
      <LiveRegion>
        {result && detail && (
          <Notice tone="success">
            {result}
            {detail.changeRequest && (
              <>
                {' '}
                <ExternalLink href={detail.changeRequest.url}>
                  Pull request {`#${detail.changeRequest.number}`}
                </ExternalLink>
              </>
            )}
          </Notice>
        )}
      </LiveRegion>
      {detail && <Detail detail={detail} />}
      {!detail && query.isError && (
        <RequestFailure
          error={query.error}
          onRetry={() => query.refetch()}
          permission={finopsRecommendationReadPermission.name}
          ask={ask}
        />
      )}
      {!detail && !query.isError && (
        <LoadingShape
          label="Loading the recommendation"
          lines={5}
          blockHeight={220}
        />
      )}
    </Drawer>
  );
}

function Detail(props: { detail: Schemas['RecommendationDetail'] }) {
  const { detail } = props;
  const now = useNow();
  const { recommendation, changeRequest } = detail;
  const {
    reason,
    saving,
    risk,
    effort,
    confidence,
    model,
    workload,
    environment,
    state,
  } = recommendation;
  return (
    <Stack>
      <Stack gap={1}>
        <SavingText saving={saving} large />
        <Text kind="lead">{reason}</Text>
        <Stack direction="row" gap={1}>
          <StateBadge state={state} />
          <Text kind="small" inline>
            {RISK_WORDS[risk]}, {EFFORT_WORDS[effort]} ·{' '}
            {formatPercent(confidence)} sure · proposed by {model.name}{' '}
            {model.version}
          </Text>
        </Stack>
        <Text kind="small">
          <Code>{workload}</Code> ·{' '}
          {environment === 'unknown' ? 'environment not known' : environment}
        </Text>
        <Steps
          label="The way of this change"
          steps={deliverySteps(detail).map(({ label, status, at }) => ({
            label,
            status,
            note: at && <InstantText instant={at} />,
          }))}
        />
        {changeRequest && (
          <Text>
            <ExternalLink href={changeRequest.url}>
              Pull request {`#${changeRequest.number}`}
            </ExternalLink>{' '}
            on branch <Code>{changeRequest.branch}</Code> is{' '}
            {changeRequest.state}
            {changeRequest.draft ? ' as a draft' : ''}.
          </Text>
        )}
      </Stack>
      <Panel title="Why" level={3}>
        <WhySection recommendation={recommendation} now={now} />
      </Panel>
      <Panel title="The exact change" level={3}>
        <ChangeSection detail={detail} />
      </Panel>
      <Panel title="Gates" level={3}>
        <GatesSection detail={detail} />
      </Panel>
      <Panel title="History" level={3}>
        <HistorySection detail={detail} />
      </Panel>
    </Stack>
  );
}
