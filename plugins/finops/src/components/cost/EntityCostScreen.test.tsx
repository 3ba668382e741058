import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EntityCost } from '../../roots/EntityCost';
import {
  downSource,
  failure,
  NOT_ANNOTATED,
  READY,
} from '../../__testUtils__/fixtureBackend';
import { fixtureCurrencyBlock } from '../../__testUtils__/fixtureCosts';
import { renderScreen } from '../../__testUtils__/renderScreen';

const now = Date.now();
const today = dayOf(now);

function block(currency: string) {
  return fixtureCurrencyBlock({
    currency,
    startDay: addDays(today, -29),
    endDay: addDays(today, 1),
    now,
  });
}

describe('Cost tab', () => {
  it('answers with a sentence, shows where the figures come from, and unfolds to workloads', async () => {
    await renderScreen(<EntityCost />);
    expect(
      await screen.findByText(
        /my-web-app cost \$1\.\d\dk in 30 days, 13 % more than in the span before/,
      ),
    ).toBeInTheDocument();
    expect(
      screen.getByText(/UTC days\) · USD · explains 92 % of spend/),
    ).toBeInTheDocument();
    expect(screen.getByText(/^as of .*3 hours ago/)).toBeInTheDocument();
    expect(screen.getByText(/Forecast for .*likely/)).toBeInTheDocument();
    expect(
      screen.getByText(/Idle cost is this entity’s part of node capacity/),
    ).toBeInTheDocument();

    const user = userEvent.setup();
    const table = screen.getByRole('table', {
      name: 'Cost by category in USD',
    });
    expect(
      within(table).queryByText('eu-1/shop/Deployment/checkout'),
    ).not.toBeInTheDocument();
    await user.click(within(table).getByRole('button', { name: 'Unfold CPU' }));
    expect(
      within(table).getByText('eu-1/shop/Deployment/checkout'),
    ).toBeInTheDocument();
    // What a screen reader hears instead of the arrow.
    expect(
      within(table).getByText('30 % more than before'),
    ).toBeInTheDocument();

    const changes = screen.getByRole('list', { name: 'What changed' });
    expect(within(changes).getAllByRole('listitem')[0]).toHaveTextContent(
      '+$148.20UsageCPU of checkout: replicas 6 to 9',
    );
  });

  it('shows the chart as a table, provisional days and forecast named as such', async () => {
    await renderScreen(<EntityCost />);
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole('button', { name: 'Show as table' }),
    );
    const table = screen.getByRole('table', { name: 'Cost a day in USD' });
    expect(within(table).getAllByText('provisional')).toHaveLength(2);
    expect(within(table).getAllByText(/forecast, likely \$/)).toHaveLength(7);
  });

  it('keeps period and grouping in the URL and asks for exactly that', async () => {
    const backend = await renderScreen(<EntityCost />, {
      search: '?period=7d&group=workload',
    });
    await screen.findByText(/my-web-app cost/);
    expect(Object.fromEntries(backend.seen[0].query)).toEqual({
      startDay: addDays(today, -6),
      endDay: addDays(today, 1),
      groupBy: 'workload',
    });
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: '90 days' }));
    await waitFor(() =>
      expect(screen.getByLabelText('address')).toHaveTextContent(
        '?period=90d&group=workload',
      ),
    );
    await waitFor(() =>
      expect(backend.seen.at(-1)?.query.get('startDay')).toBe(
        addDays(today, -89),
      ),
    );
  });

  it('gives each currency its own block', async () => {
    await renderScreen(<EntityCost />, {
      overrides: {
        'GET /costs': () => ({
          body: {
            setup: READY,
            sources: [],
            currencies: [block('EUR'), block('USD')],
          },
        }),
      },
    });
    expect(
      await screen.findByRole('heading', { name: 'Cost in EUR' }),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('heading', { name: 'Cost in USD' }),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('table', { name: 'Cost by category in EUR' }),
    ).toBeInTheDocument();
  });

  it('hands out the figures as a file', async () => {
    const files: Blob[] = [];
    const create = jest.fn((file: Blob) => {
      files.push(file);
      return 'blob:finops';
    });
    Object.assign(URL, { createObjectURL: create, revokeObjectURL: jest.fn() });
    const click = jest
      .spyOn(HTMLAnchorElement.prototype, 'click')
      .mockImplementation(() => {});
    await renderScreen(<EntityCost />);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Export CSV' }));
    expect(click).toHaveBeenCalledTimes(1);
    expect(files[0].type).toBe('text/csv;charset=utf-8');
    expect(files[0].size).toBeGreaterThan(1000);
    click.mockRestore();
  });

  it('names the missing annotation and copies it', async () => {
    await renderScreen(<EntityCost />, {
      overrides: {
        'GET /costs': () => ({
          body: { setup: NOT_ANNOTATED, sources: [], currencies: [] },
        }),
      },
    });
    const user = userEvent.setup();
    const writeText = jest
      .spyOn(navigator.clipboard, 'writeText')
      .mockResolvedValue();

    await user.click(
      await screen.findByRole('button', {
        name: 'Copy backstage.io/kubernetes-id',
      }),
    );
    expect(writeText).toHaveBeenCalledWith(
      'backstage.io/kubernetes-id: my-web-app',
    );
    expect(await screen.findByText('Copied')).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Export CSV' }),
    ).not.toBeInTheDocument();
  });

  it('shows what answered when a source did not, and calls old data stale', async () => {
    const stale = block('USD');
    await renderScreen(<EntityCost />, {
      overrides: {
        'GET /costs': () => ({
          body: {
            setup: READY,
            sources: [downSource(now)],
            currencies: [
              {
                ...stale,
                provenance: {
                  ...stale.provenance,
                  freshness: new Date(now - 4 * 86_400_000).toISOString(),
                },
              },
            ],
          },
        }),
      },
    });
    expect(
      await screen.findByText('Some sources did not answer'),
    ).toBeInTheDocument();
    expect(screen.getByRole('list', { name: 'Sources' })).toHaveTextContent(
      /Costs from opencost-us: not reachable since .*Connection refused\./,
    );
    expect(screen.getByText(/my-web-app cost/)).toBeInTheDocument();
    expect(
      screen.getByText('stale: newest data is from 4 days ago'),
    ).toBeInTheDocument();
  });

  it('says which permission is missing and whom to ask', async () => {
    await renderScreen(<EntityCost />, {
      overrides: {
        'GET /costs': () => failure(403, 'NotAllowedError', 'Unauthorized'),
      },
    });
    expect(await screen.findByText('You may not see this')).toBeInTheDocument();
    expect(screen.getByText('finops.cost.read')).toBeInTheDocument();
    expect(screen.getByText(/its owner \(storefront\)/)).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Try again' }),
    ).not.toBeInTheDocument();
  });

  it('says what failed, what to quote, and recovers by a click', async () => {
    let broken = true;
    await renderScreen(<EntityCost />, {
      overrides: {
        'GET /costs': () =>
          broken
            ? failure(500, 'Error', 'The cost store could not be read.')
            : {
                body: { setup: READY, sources: [], currencies: [block('USD')] },
              },
      },
    });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The cost store could not be read.',
    );
    expect(
      screen.getByText(/Quote this when asking for help: 500 · req-4711/),
    ).toBeInTheDocument();
    broken = false;
    await userEvent
      .setup()
      .click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText(/my-web-app cost/)).toBeInTheDocument();
  });
});
