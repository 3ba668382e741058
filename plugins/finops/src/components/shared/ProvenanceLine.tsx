import { dayOf, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { formatPercent } from '../../figures/percent';
import { ageInWords, formatDay, formatInstant } from '../../figures/time';
import { Text } from '../../kit';

/** Data older than this is called out: billing and metrics both move at least daily. */
const STALE_AFTER_MS = 2 * DAY_MS;

/** What stands behind a figure: period, currency, freshness and coverage. */
export function ProvenanceLine(props: {
  provenance: Schemas['Provenance'];
  currency?: string;
  now: number;
  /** What coverage is a share of. */
  explains?: string;
}) {
  const { provenance, currency, now, explains = 'of spend' } = props;
  const { period, freshness, coverage } = provenance;
  const lastDay = dayOf(Date.parse(period.end) - 1);
  const stale =
    freshness !== undefined && now - Date.parse(freshness) > STALE_AFTER_MS;
  const parts = [
    `${formatDay(dayOf(period.start), now)} – ${formatDay(
      lastDay,
      now,
    )} (UTC days)`,
    currency,
    `explains ${formatPercent(coverage)} ${explains}`,
  ].filter(Boolean);
  return (
    <Text kind="small">
      {parts.join(' · ')}
      {' · '}
      {freshness === undefined ? (
        'no data yet'
      ) : (
        <span title={formatInstant(freshness).utc}>
          {stale
            ? `stale: newest data is from ${ageInWords(freshness, now)}`
            : `as of ${formatInstant(freshness).local} (${ageInWords(
                freshness,
                now,
              )})`}
        </span>
      )}
    </Text>
  );
}
