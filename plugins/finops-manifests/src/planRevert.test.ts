import fc from 'fast-check';
import type { ChangePlan } from '@apexlogic/backstage-plugin-finops-common';
import { applyPlan } from './applySplices';
import { planChange } from './planChange';
import { planRevert } from './planRevert';
import {
  planned,
  RATIONALE,
  refused,
  rightsize,
  snapshotOf,
  targetOf,
} from './testUtils';

const deployment = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
  labels:
    app: ${name}
spec:
  replicas: 3 # two zones and a spare
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
      - name: ${name}
        image: ${name}:1
        resources:
          requests:
            cpu: 500m
            memory: 1Gi
`;

const WEB = deployment('web');

const ACTION = rightsize({ container: 'web', cpuRequest: '250m' });

type Files = Record<string, string>;

async function changed(
  files: Files,
): Promise<{ plan: ChangePlan; after: Files }> {
  const snapshot = snapshotOf(files);
  const plan = planned(await planChange(targetOf(ACTION), RATIONALE, snapshot));
  return { plan, after: await written(plan, files) };
}

async function written(plan: ChangePlan, files: Files): Promise<Files> {
  const after = { ...files };
  for (const file of await applyPlan(plan, snapshotOf(files))) {
    if (file.deleted) {
      delete after[file.path];
    } else {
      after[file.path] = Buffer.from(file.after).toString();
    }
  }
  return after;
}

async function reverted(plan: ChangePlan, files: Files): Promise<Files> {
  const undo = planned(await planRevert(plan, snapshotOf(files)));
  return written(undo, files);
}

describe('planRevert', () => {
  it('writes back the very bytes, with the fields the other way round', async () => {
    const files = { 'web.yaml': WEB };
    const { plan, after } = await changed(files);
    const undo = planned(await planRevert(plan, snapshotOf(after)));
    expect(await written(undo, after)).toEqual(files);
    expect(undo.changes).toEqual(
      plan.changes.map(change => ({
        ...change,
        before: change.after,
        after: change.before,
      })),
    );
    expect(undo.files[0].diff).toContain('+            cpu: 500m');
    expect(undo.identity).not.toBe(plan.identity);
    expect(undo.proof.proven).toBe(true);
  });

  it('writes nothing back from a plan whose diff was altered', async () => {
    const { plan, after } = await changed({ 'web.yaml': WEB });
    const [file] = plan.files;
    const altered = {
      ...plan,
      files: [{ ...file, diff: file.diff.replace('cpu: 500m', 'cpu: 900m') }],
    };
    expect(refused(await planRevert(altered, snapshotOf(after)))).toMatchObject(
      {
        code: 'proof-failed',
        reason: 'The diff of web.yaml was altered',
      },
    );
  });

  it('keeps what others wrote elsewhere in the file since', async () => {
    const { plan, after } = await changed({ 'web.yaml': WEB });
    const edit = (text: string) =>
      `# by another\n---\n${text.replace(
        'replicas: 3',
        'replicas: 5',
      )}---\n${deployment('api')}`;
    const undo = planned(
      await planRevert(
        plan,
        snapshotOf({ 'web.yaml': edit(after['web.yaml']) }),
      ),
    );
    expect(
      await written(undo, { 'web.yaml': edit(after['web.yaml']) }),
    ).toEqual({ 'web.yaml': edit(WEB) });
    expect(undo.proof.checks[0].detail).toMatch(
      /Others changed 1 of the files/,
    );
  });

  it('refuses where later edits overlap, and says what to do by hand', async () => {
    const { plan, after } = await changed({ 'web.yaml': WEB });
    const later = after['web.yaml'].replace('cpu: 250m', 'cpu: 300m');
    const { code, reason } = refused(
      await planRevert(plan, snapshotOf({ 'web.yaml': later })),
    );
    expect(code).toBe('value-changed');
    expect(reason).toMatch(/overlap .* take back by hand: .*cpu → 500m/);
    expect(
      refused(await planRevert(plan, snapshotOf({ 'other.yaml': WEB }))).code,
    ).toBe('value-changed');
  });

  it('never takes lines that only look alike: the fields must be those of the change', async () => {
    const { plan, after } = await changed({ 'web.yaml': WEB });
    // The change was undone by hand, and another object has the same lines now.
    const moved = `${WEB}---\n${after['web.yaml'].replaceAll('web', 'api')}`;
    expect(
      refused(await planRevert(plan, snapshotOf({ 'web.yaml': moved }))).kind,
    ).toBe('refused');
  });

  it('deletes the file that a change brought in, and writes the one back that it deleted', async () => {
    const files: Files = {
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': WEB,
      'one/kustomization.yaml': 'namespace: shop\nresources: [../base]\n',
      'two/kustomization.yaml': 'namespace: other\nresources: [../base]\n',
    };
    const { plan, after } = await changed(files);
    expect(Object.keys(after)).toHaveLength(5);
    const undo = planned(await planRevert(plan, snapshotOf(after)));
    expect(await written(undo, after)).toEqual(files);
    // Undoing the undoing is the change again.
    const redo = planned(await planRevert(undo, snapshotOf(files)));
    expect(await written(redo, files)).toEqual(after);
    const [created] = plan.files.filter(file => file.created);
    expect(
      refused(
        await planRevert(
          plan,
          snapshotOf({
            ...after,
            [created.path]: `${after[created.path]}# mine\n`,
          }),
        ),
      ).reason,
    ).toMatch(/others have changed it since/);
  });

  it('gives the file without the change, whatever lines others add around it', async () => {
    const line = fc.constantFrom('# a note', '# ünïcode', '', '# cpu: 250m');
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 4 }),
        fc.array(line, { maxLength: 4 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (above, below, newline, mark) => {
          const lines = (text: string) => text.split('\n').join(newline);
          const own = `${mark ? '\uFEFF' : ''}${lines(WEB)}`;
          const { plan, after } = await changed({ 'web.yaml': own });
          const around = (text: string) => {
            const body = mark ? text.slice(1) : text;
            const [head, tail] = [above, below].map(list =>
              list.map(one => `${one}${newline}`).join(''),
            );
            return `${mark ? '\uFEFF' : ''}${head}${body}${tail}`;
          };
          expect(
            await reverted(plan, { 'web.yaml': around(after['web.yaml']) }),
          ).toEqual({ 'web.yaml': around(own) });
        },
      ),
      { numRuns: 40 },
    );
  });
});
