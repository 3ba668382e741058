import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { TeamReview } from '../../roots/TeamReview';
import { failure } from '../../__testUtils__/fixtureBackend';
import { renderScreen } from '../../__testUtils__/renderScreen';

describe('Cost review', () => {
  it('sums a month with its pipeline, changes and what is not covered', async () => {
    await renderScreen(<TeamReview />, { search: '?month=2026-10' });
    expect(
      await screen.findByText(
        'October 2026 cost $48.2k, 6 % more than in September 2026.',
      ),
    ).toBeInTheDocument();
    expect(screen.getByText('$48,210.55')).toBeInTheDocument();
    expect(
      screen.getByText(
        /^The budget of \$50k will be passed about 30 Oct.*; the chance to pass it is 93 %\.$/,
      ),
    ).toBeInTheDocument();
    const pipeline = screen.getByRole('list', { name: 'Savings pipeline' });
    expect(within(pipeline).getAllByRole('listitem')[0]).toHaveTextContent(
      /Proposed.*\$3.4k in 4 changes/,
    );
    const changes = screen.getByRole('list', { name: 'What changed' });
    expect(within(changes).getAllByRole('listitem')[0]).toHaveTextContent(
      '+$1,900.00checkoutreplicas 6 to 9',
    );
    expect(screen.getByRole('list', { name: 'Not covered' })).toHaveTextContent(
      /gift-cardsThe annotation backstage.io\/kubernetes-id is missing\./,
    );
  });

  it('sorts services by any column and shows cents below a cent', async () => {
    await renderScreen(<TeamReview />);
    const table = await screen.findByRole('table', { name: /^Services in/ });
    const names = () =>
      within(table)
        .getAllByRole('rowheader')
        .map(cell => cell.textContent);
    expect(names()).toEqual(['checkout', 'search', 'loyalty']);
    expect(within(table).getByText('$0.00042')).toBeInTheDocument();
    const user = userEvent.setup();
    await user.click(within(table).getByRole('button', { name: 'Efficiency' }));
    // A service without a figure goes last either way.
    expect(names()).toEqual(['search', 'checkout', 'loyalty']);
    await user.click(within(table).getByRole('button', { name: /Efficiency/ }));
    expect(names()).toEqual(['checkout', 'search', 'loyalty']);
    expect(
      within(table).getByRole('columnheader', { name: /Efficiency/ }),
    ).toHaveAttribute('aria-sort', 'ascending');
  });

  it('asks for the chosen month and owner and keeps them in the URL', async () => {
    const backend = await renderScreen(<TeamReview />, {
      search: '?month=2026-10&owner=group%3Adefault%2Fpayments',
    });
    await screen.findByText(/October 2026 cost/);
    const asked = backend.seen.at(-1)!.query;
    expect(asked.get('month')).toBe('2026-10');
    expect(asked.getAll('ownerRefs')).toEqual(['group:default/payments']);
    await userEvent
      .setup()
      .selectOptions(screen.getByLabelText('Owner'), 'All I own');
    await waitFor(() =>
      expect(screen.getByLabelText('address')).toHaveTextContent(
        '?month=2026-10',
      ),
    );
    await waitFor(() =>
      expect(backend.seen.at(-1)!.query.getAll('ownerRefs')).toEqual([]),
    );
  });

  it('says why there is nothing for somebody who owns nothing', async () => {
    await renderScreen(<TeamReview />, {
      overrides: {
        'GET /team-review': () => ({
          body: {
            ownerRefs: [],
            month: '2026-10',
            sources: [],
            totals: [],
            entities: [],
            notCovered: [],
          },
        }),
      },
    });
    expect(
      await screen.findByText(/You own nothing in the catalog yet/),
    ).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Export CSV' })).toBeDisabled();
  });

  it('tells no permission from failure', async () => {
    await renderScreen(<TeamReview />, {
      overrides: {
        'GET /team-review': () => failure(403, 'NotAllowedError', 'no'),
      },
    });
    expect(await screen.findByText('finops.cost.read')).toBeInTheDocument();
  });
});
