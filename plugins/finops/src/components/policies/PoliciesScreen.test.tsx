import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { failure } from '../../__testUtils__/fixtureBackend';
import { renderScreen } from '../../__testUtils__/renderScreen';
import { Policies } from '../../roots/Policies';

const policies = (change: object) => ({
  'GET /policies': () => ({
    body: { version: 'ab'.repeat(32), policies: [], exceptions: [], ...change },
  }),
});

describe('Policies page', () => {
  it('says what every change must pass, what that leads to, and where it bites', async () => {
    await renderScreen(<Policies />);
    expect(
      await screen.findByText(
        'Every change must pass 2 policies, from which there is 1 exception.',
      ),
    ).toBeInTheDocument();
    const items = within(
      screen.getByRole('list', { name: 'Policies' }),
    ).getAllByRole('listitem');
    const [floor, tags] = [items[0], items.at(-1)!];
    expect(floor).toHaveTextContent(
      'replica-floorDeniesWarnsHouse rule 7Two replicas at least in production.ValidatingAdmissionPolicy in rules/floor.yaml',
    );
    expect(floor).toHaveTextContent(
      'Of the changes worked out so far that you may see, it denies 1, warns of 2.The newest 1 of 3',
    );
    expect(
      within(floor).getByRole('link', {
        name: 'my-web-app: Scale from 2 to 1 replicas',
        hidden: true,
      }),
    ).toHaveAttribute(
      'href',
      '/catalog/default/component/my-web-app/finops-recommendations?recommendation=rec-1',
    );
    expect(tags.textContent).toContain('Bites on no change');
  });

  it('tells exceptions that hold from those that have expired', async () => {
    await renderScreen(<Policies />);
    const [old, move] = within(
      await screen.findByRole('list', { name: 'Exceptions' }),
    ).getAllByRole('listitem');
    expect(old).toHaveTextContent(
      /oldExpiredFrom tags: before tags were knownIt held until \d{4}-\d\d-\d\d \d\d:\d\d UTC/,
    );
    expect(move).toHaveTextContent(
      /moveHoldsFrom replica-floor: the shop movesIt holds until/,
    );
  });

  it('runs the tests and names each case that is not as expected', async () => {
    let results: object[] = [];
    await renderScreen(<Policies />, {
      overrides: {
        'POST /policies/tests': () => ({ body: { kind: 'ran', results } }),
      },
    });
    const user = userEvent.setup();
    const run = await screen.findByRole('button', { name: 'Run the tests' });
    await user.click(run);
    expect(
      await screen.findByText('No test lies beside the policies.'),
    ).toBeInTheDocument();
    results = [
      { kind: 'passed', path: 'rules/a.test.yaml', name: 'a: one' },
      {
        kind: 'failed',
        path: 'rules/b.test.yaml',
        name: 'b: two',
        reason: 'expected deny (evaluated) of b',
      },
    ];
    await user.click(run);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /1 of 2 cases not as expected.*b: two in rules\/b\.test\.yaml: expected deny/,
    );
    expect(screen.getByText('As expected: 1')).toBeInTheDocument();
  });

  it('says so when the tests do not end, and when they cannot be asked', async () => {
    let answer: object = { body: { kind: 'failed', reason: 'too slow' } };
    await renderScreen(<Policies />, {
      overrides: { 'POST /policies/tests': () => answer as { body: object } },
    });
    const user = userEvent.setup();
    const run = await screen.findByRole('button', { name: 'Run the tests' });
    await user.click(run);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The tests did not come to an end.too slow',
    );
    answer = failure(502, 'BadGatewayError', 'The backend is away.');
    await user.click(run);
    expect(await screen.findByText(/The backend is away/)).toBeInTheDocument();
  });

  it('puts first what denies every change', async () => {
    await renderScreen(<Policies />, {
      overrides: policies({
        policies: [
          {
            status: 'failed',
            name: 'broken',
            path: 'rules/broken.yaml',
            error: 'unexpected token',
            bites: { denied: 0, approvalAsked: 0, warned: 0, newest: [] },
          },
        ],
      }),
    });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'Every change is denied until these can be loadedbroken in rules/broken.yaml: unexpected token',
    );
    expect(
      screen.getByText(
        '1 policy could not be loaded: every change is denied until that is mended.',
      ),
    ).toBeInTheDocument();
  });

  it('says that nothing is checked where there are no policies', async () => {
    await renderScreen(<Policies />, { overrides: policies({}) });
    expect(
      await screen.findByText(
        'There are no policies: every change is allowed.',
      ),
    ).toBeInTheDocument();
    expect(
      screen.getByText('Nothing is excepted from any policy.'),
    ).toBeInTheDocument();
  });

  it('names the permission that is missing', async () => {
    await renderScreen(<Policies />, {
      overrides: {
        'GET /policies': () =>
          failure(403, 'NotAllowedError', 'Not allowed', 'not-allowed'),
      },
    });
    expect(await screen.findByText(/finops\.policy\.read/)).toBeInTheDocument();
  });
});
