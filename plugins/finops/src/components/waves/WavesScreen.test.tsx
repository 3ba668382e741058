import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { failure } from '../../__testUtils__/fixtureBackend';
import { renderScreen } from '../../__testUtils__/renderScreen';
import { Waves } from '../../roots/Waves';

describe('Waves page', () => {
  it('says what halted, how far it is, and each change that may be seen', async () => {
    await renderScreen(<Waves />);
    expect(
      await screen.findByText(
        '4 changes in 2 waves. Halted: a change of wave 1 does harm. Latency doubled.',
      ),
    ).toBeInTheDocument();
    const steps = within(
      screen.getByRole('list', { name: 'Waves of Fewer replicas' }),
    ).getAllByRole('listitem');
    expect(steps.map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(/^Wave 1.*now.*1 change/),
      expect.stringMatching(/^Wave 2.*not yet.*3 changes/),
    ]);
    const change = screen.getByRole('link', {
      name: 'my-web-app: Scale from 3 to 2 replicas',
    });
    expect(change).toHaveAttribute(
      'href',
      '/catalog/default/component/my-web-app/finops-recommendations?recommendation=rec-1',
    );
    expect(change.closest('li')).toHaveTextContent(
      /Does harmstaging · low risk · .*Latency doubled\./,
    );
    expect(
      screen.getByText('2 changes more that you may not see.'),
    ).toBeInTheDocument();
    expect(
      screen.getByText(/Each change is watched for 1 day\./),
    ).toBeInTheDocument();
  });

  it('goes on only with a reason', async () => {
    const backend = await renderScreen(<Waves />);
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole('button', { name: 'Let it go on' }),
    );
    const dialog = screen.getByRole('dialog', {
      name: 'Let Fewer replicas go on?',
    });
    const confirm = within(dialog).getByRole('button', {
      name: 'Let it go on',
    });
    expect(confirm).toBeDisabled();
    await user.type(within(dialog).getByLabelText(/Reason/), 'a test of ours ');
    await user.click(confirm);
    expect(
      await screen.findByText('4 changes in 2 waves. Wave 2 is under way.'),
    ).toBeInTheDocument();
    expect(
      backend.seen.find(({ path }) => path.endsWith('/resume'))?.body,
    ).toEqual({ reason: 'a test of ours' });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('shows how chosen changes would be divided before they are started', async () => {
    const backend = await renderScreen(<Waves />);
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole('button', { name: 'Choose changes' }),
    );
    expect(
      await screen.findByText('Choose the changes that shall go out.'),
    ).toBeInTheDocument();
    await user.selectOptions(screen.getByLabelText('Action'), 'scale-replicas');
    await user.click(screen.getByRole('button', { name: 'Choose all 2' }));
    const waves = await screen.findByRole('list', { name: 'Waves' });
    expect(
      within(waves)
        .getAllByRole('listitem')
        .map(({ textContent }) => textContent),
    ).toEqual([
      'Wave 1: 1 changeshop-1 (staging)',
      'Wave 2: 1 changeshop-2 (production)',
    ]);
    const start = screen.getByRole('button', { name: 'Start with 2 changes' });
    expect(start).toBeDisabled();
    await user.type(screen.getByLabelText(/What it is called/), 'All replicas');
    await user.selectOptions(
      screen.getByLabelText('Each is watched for'),
      '360',
    );
    await user.click(start);
    expect(
      await screen.findByRole('heading', { name: 'All replicas' }),
    ).toBeInTheDocument();
    expect(
      backend.seen.find(
        ({ body }) => (body as { title?: string })?.title === 'All replicas',
      )?.body,
    ).toEqual({
      title: 'All replicas',
      recommendationIds: ['rec-1', 'rec-2'],
      observeMinutes: 360,
    });
  });

  it('keeps what was chosen when the start did not work', async () => {
    await renderScreen(<Waves />, {
      overrides: {
        'POST /waves': () =>
          failure(409, 'ConflictError', 'Other waves hold it.', 'wrong-state'),
      },
    });
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole('button', { name: 'Choose changes' }),
    );
    await user.click(await screen.findByRole('checkbox', { name: /shop-3/ }));
    await user.type(screen.getByLabelText(/What it is called/), 'One');
    await user.click(
      await screen.findByRole('button', { name: 'Start with 1 change' }),
    );
    expect(await screen.findByText(/Other waves hold it/)).toBeInTheDocument();
    expect(screen.getByRole('checkbox', { name: /shop-3/ })).toBeChecked();
  });

  it('says when nothing went out, when nothing can, and which permission is missing', async () => {
    await renderScreen(<Waves />, {
      overrides: {
        'GET /waves': () => ({ body: { sets: [] } }),
        'GET /waves/candidates': () =>
          failure(403, 'NotAllowedError', 'Not allowed', 'not-allowed'),
      },
    });
    expect(
      await screen.findByText('Nothing went out in waves yet.'),
    ).toBeInTheDocument();
    await userEvent
      .setup()
      .click(screen.getByRole('button', { name: 'Choose changes' }));
    expect(
      await screen.findByText(/finops\.recommendation\.deliver/),
    ).toBeInTheDocument();
  });
});
