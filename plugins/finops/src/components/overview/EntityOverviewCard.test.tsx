import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EntityCard } from '../../roots/EntityCard';
import { downSource, failure, READY } from '../../__testUtils__/fixtureBackend';
import { renderScreen } from '../../__testUtils__/renderScreen';

describe('Overview card', () => {
  it('shows cost, trend, forecast and links to what is open', async () => {
    await renderScreen(<EntityCard />);
    const card = await screen.findByRole('region', {
      name: 'Cost & efficiency',
    });
    expect(
      await within(card).findByRole('link', { name: /\$1\.\d\dk \/ 30 d/ }),
    ).toHaveAttribute(
      'href',
      '/catalog/default/component/my-web-app/finops-cost',
    );
    expect(
      within(card).getByRole('link', {
        name: '2 recommendations save $261 a month ›',
      }),
    ).toHaveAttribute(
      'href',
      '/catalog/default/component/my-web-app/finops-recommendations',
    );
    expect(
      within(card).getByRole('link', { name: /1 anomaly since/ }),
    ).toHaveAttribute(
      'href',
      '/catalog/default/component/my-web-app/finops-anomalies',
    );
    expect(
      within(card).getByRole('img', { name: /^Cost a day from \$/ }),
    ).toBeInTheDocument();
    expect(
      within(card).getByText(/explains 92 % of spend/),
    ).toBeInTheDocument();
  });

  it('keeps what is known when the cost source is down', async () => {
    await renderScreen(<EntityCard />, {
      overrides: {
        'GET /overview': () => ({
          body: {
            setup: READY,
            sources: [downSource(Date.now())],
            sparkline: [],
            openRecommendations: { count: 0 },
            openAnomalies: { count: 0 },
          },
        }),
      },
    });
    expect(
      await screen.findByText('No cost is known for the last 30 days.'),
    ).toBeInTheDocument();
    expect(screen.getByText('No open recommendations ›')).toBeInTheDocument();
    expect(screen.getByText('Some sources did not answer')).toBeInTheDocument();
  });

  it('offers to look again while the first figures are on the way', async () => {
    const backend = await renderScreen(<EntityCard />, {
      overrides: {
        'GET /overview': () => ({
          body: {
            setup: { state: 'waiting', missing: [] },
            sources: [],
            sparkline: [],
            openRecommendations: { count: 0 },
            openAnomalies: { count: 0 },
          },
        }),
      },
    });
    await userEvent
      .setup()
      .click(await screen.findByRole('button', { name: 'Look again now' }));
    expect(await screen.findByText(/A new pass is queued/)).toBeInTheDocument();
    expect(backend.seen.at(-1)).toMatchObject({
      method: 'POST',
      path: '/entities/component/default/my-web-app/refresh',
    });
  });

  it('says which permission is missing', async () => {
    await renderScreen(<EntityCard />, {
      overrides: {
        'GET /overview': () => failure(403, 'NotAllowedError', 'no'),
      },
    });
    expect(await screen.findByText('finops.cost.read')).toBeInTheDocument();
  });
});
