import { applyPlan, applySplices, sha256, SpliceError } from './applySplices';
import { snapshotOf } from './testUtils';

const bytes = new TextEncoder().encode('replicas: 3 # é\n');
const after = new TextEncoder().encode('replicas: 2 # é\n');
const file = {
  path: 'web.yaml',
  beforeSha256: sha256(bytes),
  afterSha256: sha256(after),
  splices: [{ start: 10, end: 11, text: '2' }],
  diff: '',
};

function failure(run: () => unknown): SpliceError {
  try {
    run();
  } catch (error) {
    return error as SpliceError;
  }
  throw new Error('nothing was thrown');
}

describe('applySplices', () => {
  it('gives the planned bytes', () => {
    expect(applySplices(bytes, file)).toEqual(after);
  });

  it('tells a changed file from an altered plan', () => {
    expect(failure(() => applySplices(after, file))).toMatchObject({
      name: 'SpliceError',
      code: 'file-changed',
      path: 'web.yaml',
    });
    const altered = [
      [{ start: 10, end: 11, text: '0' }],
      [{ start: 10, end: 99, text: '2' }],
      [
        { start: 10, end: 11, text: '2' },
        { start: 0, end: 0, text: '' },
      ],
    ];
    for (const splices of altered) {
      expect(
        failure(() => applySplices(bytes, { ...file, splices })).code,
      ).toBe('plan-altered');
    }
  });
});

describe('applyPlan', () => {
  const created = {
    path: 'patch.yaml',
    created: true,
    beforeSha256: sha256(''),
    afterSha256: sha256('kind: A\n'),
    splices: [{ start: 0, end: 0, text: 'kind: A\n' }],
    diff: '',
  };
  const decoded = (part: Uint8Array) => new TextDecoder().decode(part);

  it('gives every file before and after, one that is created from nothing', async () => {
    const applied = await applyPlan(
      { files: [file, created] },
      snapshotOf({ 'web.yaml': bytes }),
    );
    expect(
      applied.map(one => [one.path, decoded(one.before), decoded(one.after)]),
    ).toEqual([
      ['web.yaml', 'replicas: 3 # é\n', 'replicas: 2 # é\n'],
      ['patch.yaml', '', 'kind: A\n'],
    ]);
  });

  it('never writes over a file that somebody created meanwhile', async () => {
    await expect(
      applyPlan({ files: [created] }, snapshotOf({ 'patch.yaml': '' })),
    ).rejects.toMatchObject({ code: 'file-changed', path: 'patch.yaml' });
  });
});
