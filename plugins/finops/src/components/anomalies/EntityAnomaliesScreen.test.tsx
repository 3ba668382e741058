import { screen, waitFor, within } from '@testing-library/react';
import { moneyFromUnits } from '@apexlogic/backstage-plugin-finops-common';
import userEvent from '@testing-library/user-event';
import { EntityAnomalies } from '../../roots/EntityAnomalies';
import {
  downSource,
  failure,
  NOT_ANNOTATED,
  provenance,
  READY,
} from '../../__testUtils__/fixtureBackend';
import { renderScreen } from '../../__testUtils__/renderScreen';

const now = Date.now();

describe('Anomalies tab', () => {
  it('says what still goes on and shows all events on one axis', async () => {
    await renderScreen(<EntityAnomalies />);
    expect(
      await screen.findByText(
        '1 anomaly at my-web-app still going on. The costliest would add $340 a month if it stays.',
      ),
    ).toBeInTheDocument();
    const strip = screen.getByRole('group', {
      name: 'Events of the last 30 days',
    });
    expect(
      within(strip).getByRole('button', { name: /^Anomaly: Cost a day rose/ }),
    ).toBeVisible();
    expect(
      within(strip).getByRole('button', {
        name: /^Deployment: checkout 4f2a9c1/,
      }),
    ).toBeVisible();
    const rows = within(
      screen.getByRole('list', { name: 'Anomalies' }),
    ).getAllByRole('button');
    expect(rows[0]).toHaveTextContent(
      /Cost a day rose by 30 %.*Going on.*a new level · since/,
    );
    expect(rows[1]).toHaveTextContent(
      /Latency was above its band.*Over.*lasted 5 hours/,
    );
  });

  it('says first what is about to run out', async () => {
    await renderScreen(<EntityAnomalies />, {
      overrides: {
        'GET /anomalies': () => ({
          body: {
            setup: READY,
            sources: [],
            provenance: provenance(now),
            anomalies: [
              {
                id: 'risk-1',
                kind: 'capacity-risk',
                entityRef: 'component:default/my-web-app',
                signal: 'memory',
                title: 'Memory of app is expected to reach its limit on 2 Dec',
                period: provenance(now).period,
                ongoing: true,
                confidence: 0.9,
                model: { name: 'TimeToSaturation', version: '1.0.0' },
                evidence: [],
              },
            ],
            events: [],
          },
        }),
      },
    });
    expect(
      await screen.findByText(
        'Memory of app is expected to reach its limit on 2 Dec.',
      ),
    ).toBeInTheDocument();
    expect(screen.getByRole('heading', { name: '1 risk' })).toBeInTheDocument();
  });

  it('lists waste apart from what was odd, with what it costs', async () => {
    await renderScreen(<EntityAnomalies />, {
      overrides: {
        'GET /anomalies': () => ({
          body: {
            setup: READY,
            sources: [],
            provenance: provenance(now),
            anomalies: [
              {
                id: 'budget-1',
                kind: 'budget-deviation',
                entityRef: 'component:default/my-web-app',
                signal: 'cost',
                title:
                  'The $230 budget of November will be passed about 28 Nov',
                period: provenance(now).period,
                ongoing: true,
                monthlyImpact: moneyFromUnits(22, 'USD'),
                confidence: 0.97,
                model: { name: 'forecaster', version: '1.0.0' },
                evidence: [],
              },
              {
                id: 'waste-1',
                kind: 'waste',
                entityRef: 'component:default/my-web-app',
                workload: 'eu-1/shop/Deployment/my-web-app',
                signal: 'idle',
                title: 'my-web-app does nothing',
                period: provenance(now).period,
                ongoing: true,
                monthlyImpact: moneyFromUnits(120, 'USD'),
                confidence: 0.95,
                model: { name: 'schedule', version: '1.0.0' },
                evidence: [],
              },
            ],
            events: [],
          },
        }),
      },
    });
    expect(
      await screen.findByText(
        'Nothing odd was seen at my-web-app in the last 30 days. 1 case of waste for $120 a month.',
      ),
    ).toBeInTheDocument();
    expect(
      within(screen.getByRole('list', { name: 'Waste' })).getByRole('button'),
    ).toHaveTextContent(/does nothing\$120 a month if it stays.*Going on/);
    expect(
      within(screen.getByRole('list', { name: 'Budgets' })).getByRole('button'),
    ).toHaveTextContent(/passed about 28 Nov\+\$22 above it this month/);
    expect(
      screen.queryByRole('list', { name: 'Anomalies' }),
    ).not.toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: /^Anomaly:/ }),
    ).not.toBeInTheDocument();
  });

  it('opens an anomaly from the strip, keeps it in the URL, and shows band and evidence', async () => {
    await renderScreen(<EntityAnomalies />);
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole('button', { name: /^Anomaly: Cost a day rose/ }),
    );
    expect(
      await screen.findByText('47.2, above the expected 32 to 40'),
    ).toBeInTheDocument();
    const before = screen.getByText('Changed before').parentElement!;
    expect(before).toHaveTextContent(/Deployment: checkout 4f2a9c1/);
    await waitFor(() =>
      expect(screen.getByLabelText('address')).toHaveTextContent(
        '?anomaly=anomaly-1',
      ),
    );
    const figure = screen.getByRole('figure', {
      name: 'Cost over time',
    });
    expect(
      within(figure).getByText('Expected at least – at most'),
    ).toBeInTheDocument();
    await user.click(
      within(figure).getByRole('button', { name: 'Show as table' }),
    );
    expect(within(figure).getAllByRole('row')).toHaveLength(31);
  });

  it('renders foreign titles as text and leaves out links that are not http', async () => {
    await renderScreen(<EntityAnomalies />);
    const user = userEvent.setup();
    await user.click(await screen.findByText('4 events in this span'));
    expect(
      screen.getByText(/Drop the cache index <script>alert\(1\)<\/script>/),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('link', { name: /checkout 4f2a9c1/ }),
    ).toHaveAttribute(
      'href',
      'https://git.example.com/fernhill/checkout/commit/4f2a9c1',
    );
    expect(
      screen.queryByRole('link', { name: /cache index/ }),
    ).not.toBeInTheDocument();
  });

  it('is quiet when nothing was odd, and still names a source that is down', async () => {
    await renderScreen(<EntityAnomalies />, {
      overrides: {
        'GET /anomalies': () => ({
          body: {
            setup: READY,
            sources: [downSource(now)],
            provenance: provenance(now),
            anomalies: [],
            events: [],
          },
        }),
      },
    });
    expect(
      await screen.findByText(
        'Nothing odd was seen at my-web-app in the last 30 days.',
      ),
    ).toBeInTheDocument();
    expect(screen.getByText('Some sources did not answer')).toBeInTheDocument();
    expect(
      screen.getByText(/No deployments, alerts or other events are known/),
    ).toBeInTheDocument();
  });

  it('quotes log lines as text', async () => {
    const hostile = '<img src=x onerror=alert(1)> [gone](https://evil.example)';
    await renderScreen(<EntityAnomalies />, {
      overrides: {
        'GET /anomalies': () => ({
          body: {
            setup: READY,
            sources: [],
            provenance: provenance(now),
            anomalies: [
              {
                id: 'logs-1',
                kind: 'anomaly',
                entityRef: 'component:default/my-web-app',
                signal: 'logs',
                title: 'New message in the logs of my-web-app',
                period: provenance(now).period,
                ongoing: true,
                confidence: 0.9,
                model: { name: 'LogWatcher', version: '1.0.0' },
                evidence: [
                  {
                    id: 'logs-1',
                    kind: 'log',
                    sourceId: 'elastic',
                    summary: '0 lines an hour before, 3 since.',
                    window: provenance(now).period,
                    lines: [hostile],
                  },
                ],
              },
            ],
            events: [],
          },
        }),
      },
    });
    const user = userEvent.setup();
    await user.click(
      within(await screen.findByRole('list', { name: 'Anomalies' })).getByRole(
        'button',
        { name: /New message/ },
      ),
    );
    const lines = await screen.findByRole('list', { name: 'Log lines' });
    expect(within(lines).getByText(hostile)).toBeInTheDocument();
    expect(within(lines).queryByRole('img')).not.toBeInTheDocument();
    expect(within(lines).queryByRole('link')).not.toBeInTheDocument();
  });

  it('guides when the entity is not annotated', async () => {
    await renderScreen(<EntityAnomalies />, {
      overrides: {
        'GET /anomalies': () => ({
          body: {
            setup: NOT_ANNOTATED,
            sources: [],
            provenance: {
              ...provenance(now),
              freshness: undefined,
              coverage: 0,
            },
            anomalies: [],
            events: [],
          },
        }),
      },
    });
    expect(
      await screen.findByText('backstage.io/kubernetes-id: my-web-app'),
    ).toBeInTheDocument();
  });

  it('tells no permission from failure', async () => {
    await renderScreen(<EntityAnomalies />, {
      overrides: {
        'GET /anomalies': () => failure(403, 'NotAllowedError', 'Unauthorized'),
      },
    });
    expect(await screen.findByText('finops.evidence.read')).toBeInTheDocument();
  });
});
