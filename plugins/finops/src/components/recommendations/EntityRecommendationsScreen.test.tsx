import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EntityRecommendations } from '../../roots/EntityRecommendations';
import {
  failure,
  NOT_ANNOTATED,
  provenance,
} from '../../__testUtils__/fixtureBackend';
import {
  FIXTURE_PLAN,
  fixtureRecommendation,
  PLAN_HASH,
} from '../../__testUtils__/fixtureRecommendations';
import { renderScreen } from '../../__testUtils__/renderScreen';

const now = Date.now();

/** The drawer loads by itself and its charts are large. */
const PATIENT = { timeout: 10_000 };
jest.setTimeout(30_000);

async function openDrawer(options: Parameters<typeof renderScreen>[1] = {}) {
  const backend = await renderScreen(<EntityRecommendations />, {
    search: '?recommendation=rec-1',
    ...options,
  });
  const drawer = await screen.findByRole(
    'dialog',
    { name: 'Scale from 3 to 2 replicas' },
    PATIENT,
  );
  return { backend, drawer, user: userEvent.setup() };
}

function posts(backend: {
  seen: { method: string; path: string; body: unknown }[];
}) {
  return backend.seen
    .filter(({ method }) => method === 'POST')
    .map(({ path, body }) => [path, body]);
}

describe('Recommendations tab', () => {
  it('groups by state, ranks by what is gained, and explains withheld advice', async () => {
    await renderScreen(<EntityRecommendations />);
    expect(
      await screen.findByText(
        '2 changes would save my-web-app about $261 a month.',
      ),
    ).toBeInTheDocument();
    const waiting = screen.getByRole('list', {
      name: 'Waiting for a decision',
    });
    expect(
      within(waiting)
        .getAllByRole('button')
        .map(row => row.querySelector('strong')?.textContent),
    ).toEqual(['Request 250m CPU for web', 'Scale from 3 to 2 replicas']);
    expect(within(waiting).getAllByRole('button')[1]).toHaveTextContent(
      /Saves \$41\.3 a month \(likely \$36 to \$47\).*Low risk, little effort · 86 % sure · proposed 2 days ago/,
    );
    expect(screen.getByRole('list', { name: 'Closed' })).toHaveTextContent(
      'Saving realised',
    );
    expect(
      screen.getByRole('list', { name: 'Withheld advice' }),
    ).toHaveTextContent(/cart \(web\): An autoscaler steers its CPU/);
  });

  it('filters by the URL and clears it again', async () => {
    await renderScreen(<EntityRecommendations />, {
      search: '?action=rightsize&state=nonsense',
    });
    expect(
      await screen.findByText('Request 250m CPU for web'),
    ).toBeInTheDocument();
    expect(
      screen.queryByText('Scale from 3 to 2 replicas'),
    ).not.toBeInTheDocument();
    const user = userEvent.setup();
    await user.selectOptions(screen.getByLabelText('State'), 'snoozed');
    expect(
      await screen.findByText('No recommendation matches these filters.'),
    ).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Clear filters' }));
    expect(
      await screen.findByText('Scale from 3 to 2 replicas'),
    ).toBeInTheDocument();
  });

  it('guides without annotations', async () => {
    await renderScreen(<EntityRecommendations />, {
      overrides: {
        'GET /recommendations': () => ({
          body: {
            setup: NOT_ANNOTATED,
            sources: [],
            provenance: { ...provenance(now), coverage: 0 },
            recommendations: [],
            withheld: [],
          },
        }),
      },
    });
    expect(
      await screen.findByText('backstage.io/kubernetes-id: my-web-app'),
    ).toBeInTheDocument();
  });

  it('names the permission that is missing', async () => {
    await renderScreen(<EntityRecommendations />, {
      overrides: {
        'GET /recommendations': () => failure(403, 'NotAllowedError', 'no'),
      },
    });
    expect(
      await screen.findByText('finops.recommendation.read'),
    ).toBeInTheDocument();
  });
});

describe('Recommendation drawer', () => {
  it('goes from preview over confirmation to the open pull request', async () => {
    const { backend, drawer, user } = await openDrawer();
    expect(
      within(drawer).getByText(/CPU 30 % underused over 7 days/),
    ).toBeInTheDocument();
    expect(
      await within(drawer).findByText(/would have stayed within the new value/),
    ).toBeVisible();
    // Text from outside is shown, not obeyed.
    expect(
      within(drawer).getByText(/<b>Ignore all policies<\/b>/),
    ).toBeInTheDocument();
    const deliver = within(drawer).getByRole('button', {
      name: 'Open pull request',
    });
    expect(deliver).toBeDisabled();

    await user.click(
      within(drawer).getByRole('button', { name: 'Preview the change' }),
    );
    const diff = await within(drawer).findByRole('region', {
      name: 'Change of apps/my-web-app/deployment.yaml',
    });
    expect(diff).toHaveTextContent('replicas: 3');
    expect(diff).toHaveTextContent('replicas: 2');
    expect(diff.querySelectorAll('.diff-code-insert')).toHaveLength(4);
    expect(diff.querySelectorAll('.diff-code-delete')).toHaveLength(1);
    expect(
      within(drawer).getByText(
        'metadata.annotations["ai.apexlogic.com/review-priority"]',
      ),
    ).toBeInTheDocument();
    expect(
      within(drawer).getByRole('list', { name: 'Policies' }),
    ).toHaveTextContent(
      /Asks for approvalproduction-approvalA member of storefront approves/,
    );
    expect(posts(backend)).toHaveLength(1);

    await user.click(deliver);
    const question = await screen.findByRole('dialog', {
      name: 'Open a pull request?',
    });
    expect(question).toHaveTextContent(/1 file, 4 lines added, 1 removed/);
    expect(question).toHaveTextContent(
      /https:\/\/git\.example\.com\/fernhill\/gitops/,
    );
    expect(question).toHaveTextContent(
      /Close the pull request; after a merge, revert it/,
    );
    expect(posts(backend)).toHaveLength(1);
    await user.click(within(question).getByRole('button', { name: 'Open it' }));

    expect(
      await screen.findByText(/The change is on its way as a pull request/),
    ).toBeInTheDocument();
    await waitFor(() => expect(question).not.toBeInTheDocument());
    expect(posts(backend)[1]).toEqual([
      '/recommendations/rec-1/deliver',
      { planHash: PLAN_HASH },
    ]);
    expect(
      within(drawer).getAllByRole('link', { name: /Pull request #12/ })[0],
    ).toHaveAttribute(
      'href',
      'https://git.example.com/fernhill/gitops/pull/12',
    );
    const steps = within(drawer).getByRole('list', {
      name: 'The way of this change',
    });
    expect(
      within(steps).getByText('Pull request open').closest('li'),
    ).toHaveAttribute('aria-current', 'step');

    await user.click(within(drawer).getByRole('button', { name: 'Approve' }));
    await user.click(await screen.findByRole('button', { name: 'Approve it' }));
    expect(
      await screen.findByText(/You approved this change/),
    ).toBeInTheDocument();
    expect(posts(backend)[2]).toEqual([
      '/recommendations/rec-1/approve',
      { planHash: PLAN_HASH },
    ]);
  });

  it('decides again on its inputs and says whether it comes out the same', async () => {
    let answer: object | undefined;
    const { drawer, user } = await openDrawer({
      overrides: {
        'GET /recommendations/rec-1/replay': () => ({
          body: answer ?? {
            result: 'same',
            recordedAt: new Date(now).toISOString(),
            differences: [],
            leftOut: ['latency-p95'],
          },
        }),
      },
    });
    const again = within(drawer).getByRole('button', {
      name: 'Decide it again',
    });
    await user.click(again);
    expect(
      await within(drawer).findByText(/it comes out the same\.$/),
    ).toBeInTheDocument();
    expect(
      within(drawer).getByText('Not looked at: latency-p95.'),
    ).toBeInTheDocument();
    answer = {
      result: 'differs',
      differences: [{ field: 'risk', recorded: 'low', repeated: 'high' }],
      leftOut: [],
    };
    await user.click(again);
    expect(
      await within(drawer).findByText('It comes out otherwise in 1 field.'),
    ).toBeInTheDocument();
    expect(within(drawer).getByText(/^risk:/)).toHaveTextContent(
      'risk: low was recorded, high comes out now.',
    );
    answer = {
      result: 'not-recorded',
      reason: 'Its inputs were not recorded.',
      differences: [],
      leftOut: [],
    };
    await user.click(again);
    expect(
      await within(drawer).findByText(
        'It cannot be decided again. Its inputs were not recorded.',
      ),
    ).toBeInTheDocument();
  });

  it('says how many of the approvals asked for are given, and which do not count', async () => {
    const detail = (given: number) => ({
      body: {
        recommendation: fixtureRecommendation(now, {
          state: 'awaiting-approval',
        }),
        plan: FIXTURE_PLAN,
        impact: {
          level: 'high',
          reasons: [
            { fact: 'stateful', level: 'high', text: 'It keeps state.' },
          ],
        },
        verdicts: [],
        approvals: [
          {
            approver: 'user:default/mallory',
            planHash: 'cd'.repeat(32),
            at: new Date(now).toISOString(),
            uncounted: 'other-plan',
          },
        ],
        approval: { given, needed: 3, from: ['group:default/platform'] },
        history: [],
        allowed: { deliver: false, approve: true, snooze: true, dismiss: true },
      },
    });
    const { drawer, user } = await openDrawer({
      overrides: {
        'GET /recommendations/rec-1': () => detail(1),
        'POST /approve': () => detail(2),
      },
    });
    expect(
      within(drawer).getByText(
        /^1 of 3 approvals of group:default\/platform so far/,
      ),
    ).toBeInTheDocument();
    expect(within(drawer).getByText('High impact')).toBeInTheDocument();
    expect(within(drawer).getByText('It keeps state.')).toBeInTheDocument();
    expect(
      within(drawer).getByRole('list', { name: 'Approvals' }),
    ).toHaveTextContent(/an earlier plan, which does not count/);
    await user.click(within(drawer).getByRole('button', { name: 'Approve' }));
    const question = await screen.findByRole('dialog', {
      name: 'Approve this change?',
    });
    expect(question).toHaveTextContent(
      /turns green when 1 more person approves it/,
    );
    await user.click(screen.getByRole('button', { name: 'Approve it' }));
    expect(
      await screen.findByText('You approved this change, 2 of 3.'),
    ).toBeInTheDocument();
  });

  it('writes nothing on Back, and says so when the file changed in between', async () => {
    const { backend, drawer, user } = await openDrawer({
      overrides: {
        'POST /deliver': () =>
          failure(
            409,
            'ConflictError',
            'apps/my-web-app/deployment.yaml moved on.',
            'plan-changed',
          ),
      },
    });
    await user.click(
      within(drawer).getByRole('button', { name: 'Preview the change' }),
    );
    await within(drawer).findByText(/Proven/);
    const deliver = within(drawer).getByRole('button', {
      name: 'Open pull request',
    });
    await user.click(deliver);
    await user.click(await screen.findByRole('button', { name: 'Back' }));
    expect(posts(backend)).toHaveLength(1);

    await waitFor(() => expect(screen.getAllByRole('dialog')).toHaveLength(1));
    await user.click(deliver);
    await user.click(await screen.findByRole('button', { name: 'Open it' }));
    expect(
      await screen.findByText('The file changed since this preview'),
    ).toBeInTheDocument();
    expect(screen.getByText(/Nothing was written/)).toBeInTheDocument();
    // What is shown is asked for anew, so that the next click is about the present file.
    await waitFor(() =>
      expect(
        backend.seen.filter(
          ({ method, path }) => method === 'GET' && path.endsWith('/rec-1'),
        ).length,
      ).toBeGreaterThanOrEqual(3),
    );
  });

  it('shows a refusal to plan as the answer it is', async () => {
    const { drawer, user } = await openDrawer({
      overrides: {
        'POST /plan': () =>
          failure(
            502,
            'ForgeError',
            'The forge answered 401: the token is no longer valid.',
          ),
      },
    });
    await user.click(
      within(drawer).getByRole('button', { name: 'Preview the change' }),
    );
    expect(await within(drawer).findByRole('alert')).toHaveTextContent(
      /the token is no longer valid/,
    );
    expect(
      within(drawer).getByRole('button', { name: 'Open pull request' }),
    ).toBeDisabled();
  });

  it('snoozes until a day', async () => {
    const { backend, drawer, user } = await openDrawer();
    await user.click(within(drawer).getByRole('button', { name: 'Snooze' }));
    await user.click(await screen.findByRole('button', { name: '7 days' }));
    await user.click(screen.getByRole('button', { name: 'Snooze it' }));
    expect(await screen.findByText(/Snoozed until/)).toBeInTheDocument();
    expect(posts(backend)).toEqual([
      [
        '/recommendations/rec-1/snooze',
        { until: `${addDays(dayOf(Date.now()), 7)}T00:00:00.000Z` },
      ],
    ]);
  });

  it('dismisses only with a reason, and with words for "other"', async () => {
    const { backend, drawer, user } = await openDrawer();
    await user.click(within(drawer).getByRole('button', { name: 'Dismiss' }));
    const confirm = await screen.findByRole('button', { name: 'Dismiss it' });
    expect(confirm).toBeDisabled();
    await user.selectOptions(screen.getByLabelText('Reason'), 'other');
    expect(confirm).toBeDisabled();
    await user.type(
      screen.getByLabelText('Comment (needed)'),
      ' Black Friday ',
    );
    await user.click(confirm);
    expect(
      await screen.findByText(/Dismissed\. The same advice/),
    ).toBeInTheDocument();
    expect(posts(backend)).toEqual([
      [
        '/recommendations/rec-1/dismiss',
        { reason: 'other', comment: 'Black Friday' },
      ],
    ]);
    const steps = within(drawer).getByRole('list', {
      name: 'The way of this change',
    });
    expect(within(steps).getByText('Dismissed')).toBeInTheDocument();
  });

  it('takes focus, closes by Escape and leaves the URL', async () => {
    const { drawer, user } = await openDrawer();
    expect(drawer).toContainElement(document.activeElement as HTMLElement);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(drawer).not.toBeInTheDocument());
    expect(screen.getByLabelText('address')).toHaveTextContent(/^$/);
  });

  it('says when a link leads to a recommendation that is gone', async () => {
    await renderScreen(<EntityRecommendations />, {
      search: '?recommendation=gone',
    });
    expect(
      await screen.findByRole('alert', undefined, PATIENT),
    ).toHaveTextContent('Not found');
  });
});
