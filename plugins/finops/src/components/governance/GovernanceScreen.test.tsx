import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { failure } from '../../__testUtils__/fixtureBackend';
import { renderScreen } from '../../__testUtils__/renderScreen';
import { Governance } from '../../roots/Governance';

const governance = (change: object) => ({
  'GET /governance': () => ({
    body: {
      autonomy: 2,
      autonomyRules: [],
      writing: { kind: 'allowed' },
      approvals: [],
      breakers: [],
      breakerLimits: {
        failedDeliveries: 5,
        declined: { share: 0.7, atLeast: 10 },
        rolledBack: { share: 0.3, atLeast: 5 },
        policyErrors: { share: 0.5, atLeast: 5 },
        staleCostDays: 4,
        windowDays: 14,
        coolDownMs: 3_600_000,
      },
      freezes: [],
      windows: [],
      minimumAgeMs: 0,
      limits: [],
      reverts: [],
      manage: true,
      ...change,
    },
  }),
});

describe('Governance page', () => {
  it('pauses all writing with a reason, says who did, and lets it go on', async () => {
    const backend = await renderScreen(<Governance />);
    expect(
      await screen.findByText('The portal may write to repositories.'),
    ).toBeInTheDocument();
    expect(
      screen.getByText(/^For everything else: Autonomy 3 of 3\. It opens/),
    ).toBeInTheDocument();
    expect(
      screen.getByText(
        /^For Tune autoscaler in production: Autonomy 1 of 3\. It only suggests/,
      ),
    ).toBeInTheDocument();
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: 'Pause all writing' }));
    const dialog = screen.getByRole('dialog', { name: 'Pause all writing?' });
    const confirm = within(dialog).getByRole('button', { name: 'Pause it' });
    expect(confirm).toBeDisabled();
    await user.type(within(dialog).getByLabelText('Reason'), ' an incident ');
    await user.click(confirm);
    expect(await screen.findByText('an incident')).toBeInTheDocument();
    expect(
      screen.getByText(/^Paused by user:default\/guest/),
    ).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(
      backend.seen.find(({ path }) => path.endsWith('/governance/pause'))?.body,
    ).toEqual({ reason: 'an incident' });
    await user.click(screen.getByRole('button', { name: 'Resume writing' }));
    expect(
      await screen.findByText('The portal may write to repositories.'),
    ).toBeInTheDocument();
  });

  it('orders merged changes to be undone, with scope, day and reason, and says what needs a person', async () => {
    const backend = await renderScreen(<Governance />);
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole('button', { name: 'Undo merged changes' }),
    );
    const dialog = screen.getByRole('dialog', { name: 'Undo merged changes?' });
    const confirm = within(dialog).getByRole('button', { name: 'Undo them' });
    expect(confirm).toBeDisabled();
    await user.selectOptions(
      within(dialog).getByLabelText('What'),
      'environment',
    );
    await user.type(within(dialog).getByLabelText('Reason'), 'errors rose');
    await user.click(confirm);
    const list = await screen.findByRole('list', { name: 'Undoing' });
    expect(list).toHaveTextContent(
      /Undo: Scale from 3 to 2 replicas.*Needs a person.*overlap what the change wrote/,
    );
    expect(
      backend.seen.find(({ path }) => path.endsWith('/governance/reverts'))
        ?.body,
    ).toEqual({
      scope: 'environment:production',
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      reason: 'errors rose',
    });
  });

  it('keeps the reason in the dialog when the pause did not work', async () => {
    await renderScreen(<Governance />, {
      overrides: {
        'POST /governance/pause': () =>
          failure(502, 'BadGatewayError', 'The database is away.'),
      },
    });
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole('button', { name: 'Pause all writing' }),
    );
    await user.type(screen.getByLabelText('Reason'), 'an incident');
    await user.click(screen.getByRole('button', { name: 'Pause it' }));
    expect(await screen.findByText(/The database is away/)).toBeInTheDocument();
    expect(screen.getByLabelText('Reason')).toHaveValue('an incident');
  });

  it('offers no switch to who may not use it, nor where the configuration pauses', async () => {
    await renderScreen(<Governance />, {
      overrides: governance({
        writing: { kind: 'paused-by-configuration' },
        manage: true,
      }),
    });
    expect(
      await screen.findByText('Paused by the configuration'),
    ).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /writing/ })).toBeNull();
  });

  it('shows to readers what is allowed, without a switch', async () => {
    await renderScreen(<Governance />, {
      overrides: governance({ manage: false }),
    });
    expect(
      await screen.findByText(/^Autonomy 2 of 3\. .* as drafts/),
    ).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /Pause|Freeze/ })).toBeNull();
    expect(screen.getByText('No breaker is open.')).toBeInTheDocument();
    expect(screen.getByText('Nothing is frozen.')).toBeInTheDocument();
    expect(
      screen.getByText(/^Every change is approved by one person/),
    ).toBeInTheDocument();
    expect(screen.getByText(/^Nobody is told/)).toBeInTheDocument();
  });

  it('says what a breaker stopped and why, and resets it with a reason', async () => {
    const backend = await renderScreen(<Governance />);
    const breakers = await screen.findByRole('list', { name: 'Breakers' });
    const [open, closed] = within(breakers).getAllByRole('listitem');
    expect(open).toHaveTextContent(
      /^OpenChanges of group:default\/storefront3 of 6 merged changes were rolled back\.Since/,
    );
    expect(closed).toHaveTextContent(/^ClosedAll changes/);
    expect(within(closed).queryByRole('button')).toBeNull();
    expect(
      screen.getByText(
        /^They look at 14 days and open on 5 failed deliveries in a row, 70 % of at least 10 requests closed/,
      ),
    ).toBeInTheDocument();
    const user = userEvent.setup();
    await user.click(within(open).getByRole('button', { name: /^Reset/ }));
    const dialog = screen.getByRole('dialog', { name: 'Reset this breaker?' });
    await user.type(within(dialog).getByLabelText('Reason'), 'a bad template');
    await user.click(within(dialog).getByRole('button', { name: 'Reset it' }));
    expect(await screen.findByText('No breaker is open.')).toBeInTheDocument();
    expect(
      backend.seen.find(({ path }) => path.endsWith('/breakers/reset'))?.body,
    ).toEqual({
      scope: 'owner:group:default/storefront',
      reason: 'a bad template',
    });
  });

  it('freezes an owner until a day, by keyboard alone, and lifts it', async () => {
    const backend = await renderScreen(<Governance />);
    const user = userEvent.setup();
    (await screen.findByRole('button', { name: 'Freeze changes' })).focus();
    await user.keyboard('{Enter}');
    const dialog = screen.getByRole('dialog', { name: 'Freeze changes?' });
    await user.selectOptions(within(dialog).getByLabelText('What'), 'owner');
    const confirm = within(dialog).getByRole('button', { name: 'Freeze them' });
    await user.type(within(dialog).getByLabelText('Reason'), 'a sale');
    expect(confirm).toBeDisabled();
    await user.type(within(dialog).getByLabelText('Owner'), 'storefront');
    confirm.focus();
    await user.keyboard('{Enter}');
    const freezes = await screen.findByRole('list', { name: 'Freezes' });
    expect(freezes).toHaveTextContent(
      /^Changes of storefront until .*: a sale/,
    );
    const { body } = backend.seen.find(({ path }) =>
      path.endsWith('/governance/freezes'),
    )!;
    expect(body).toMatchObject({ scope: 'owner:storefront', reason: 'a sale' });
    expect(Date.parse((body as { until: string }).until)).toBeGreaterThan(
      Date.now(),
    );
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.click(within(freezes).getByRole('button', { name: 'Lift it' }));
    expect(await screen.findByText('Nothing is frozen.')).toBeInTheDocument();
  });

  it('tells who approves, when changes may be opened and who is told', async () => {
    await renderScreen(<Governance />);
    expect(
      await screen.findByText(
        'For every action of high impact in production: 2 people of group:default/platform; each approval holds for 3 days.',
      ),
    ).toBeInTheDocument();
    expect(screen.getByRole('list', { name: 'Windows' })).toHaveTextContent(
      /^For every action in production: Monday, Tuesday from 09:00 to 16:00, Europe\/Berlin\.Closed nowOpens/,
    );
    expect(
      screen.getByText(
        /^Everything else may be opened at any time\. Advice must stand for 2 days first\./,
      ),
    ).toBeInTheDocument();
    expect(
      screen.getByText(
        'The owner is told at once. Then the group above, and last group:default/platform: approvals after 1 day.',
      ),
    ).toBeInTheDocument();
  });

  it('says how far limits are used, and lists the trail page by page', async () => {
    await renderScreen(<Governance />);
    const limits = await screen.findByRole('list', { name: 'Limits' });
    expect(within(limits).getAllByRole('listitem')[0]).toHaveTextContent(
      'Open at once in a repository: 10 at mosthttps://git.example.com/fernhill/gitops: 7 of 10',
    );
    expect(within(limits).getAllByRole('listitem')[1]).toHaveTextContent(
      'None now.',
    );
    const trail = await screen.findByRole('list', { name: 'Audit trail' });
    expect(within(trail).getAllByRole('listitem')).toHaveLength(2);
    await userEvent
      .setup()
      .click(screen.getByRole('button', { name: 'Older entries' }));
    await waitFor(() =>
      expect(within(trail).getAllByRole('listitem')).toHaveLength(3),
    );
    expect(screen.queryByRole('button', { name: 'Older entries' })).toBeNull();
  });

  it('verifies the trail and names each entry that is not as written', async () => {
    let problems: object[] = [];
    await renderScreen(<Governance />, {
      overrides: {
        'GET /audit/verification': () => ({
          body: {
            entries: 1200,
            head: 'ab'.repeat(32),
            problemCount: problems.length,
            problems,
          },
        }),
      },
    });
    const user = userEvent.setup();
    const verify = await screen.findByRole('button', { name: 'Verify it' });
    await user.click(verify);
    expect(
      await screen.findByText('All 1200 entries are as they were written.'),
    ).toBeInTheDocument();
    problems = [
      {
        kind: 'altered',
        position: 17,
        eventId: 'e',
        recommendationId: 'rec-9',
      },
    ];
    await user.click(verify);
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /1 of 1200 entries is not as written.*Entry 17 was altered after it was written\. It is of rec-9\./,
    );
  });

  it('names the permission that is missing', async () => {
    await renderScreen(<Governance />, {
      overrides: {
        'GET /governance': () =>
          failure(403, 'NotAllowedError', 'Not allowed', 'not-allowed'),
      },
    });
    expect(
      await screen.findByText(/finops\.governance\.read/),
    ).toBeInTheDocument();
  });
});
