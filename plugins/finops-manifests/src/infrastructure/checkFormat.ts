import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  PlannedFile,
  ProofCheck,
} from '@apexlogic/backstage-plugin-finops-common';
import { spliceBytes } from '../applySplices';
import type { RepositorySnapshot } from '../types';

const FORMAT_TIMEOUT_MS = 10_000;
/** What `terraform fmt -check` ends with where it would change something. */
const UNFORMATTED = 3;

/** Whether a Terraform file is formatted as Terraform does it. @public */
export type Formatter = (
  text: Uint8Array,
) => Promise<'formatted' | 'unformatted' | 'broken' | 'unavailable'>;

/** Files that were formatted stay so: nobody's next commit is to drag along what this one left behind. */
export async function checkFormat(
  files: readonly PlannedFile[],
  snapshot: RepositorySnapshot,
  formatter: Formatter = createTerraformFormatter(),
): Promise<ProofCheck> {
  const check = (outcome: ProofCheck['outcome'], detail: string) => ({
    name: 'format' as const,
    outcome,
    detail,
  });
  const code = files.filter(({ path }) => /\.(tf|tfvars)$/.test(path));
  if (code.length === 0) {
    return check('skipped', 'Only Terraform has a format of its own');
  }
  let kept = 0;
  for (const { path, splices } of code) {
    const before = await snapshot.read(path);
    const was = await formatter(before);
    const is =
      was === 'unavailable'
        ? was
        : await formatter(spliceBytes(before, splices)!);
    if (is === 'unavailable') {
      return check('skipped', 'terraform is not on PATH');
    }
    if (is === 'broken' && was !== 'broken') {
      return check('failed', `Terraform cannot read ${path} any more`);
    }
    if (is === 'unformatted' && was === 'formatted') {
      return check('failed', `terraform fmt would change ${path} afterwards`);
    }
    kept += was === 'formatted' ? 1 : 0;
  }
  return check(
    'passed',
    kept === code.length
      ? `terraform fmt has nothing to change, as before`
      : `Terraform reads it; ${code.length - kept} of ${
          code.length
        } files were not formatted before`,
  );
}

/**
 * A formatter over `terraform fmt` on PATH: a process without a shell, with a time limit, in an empty
 * folder that also is its home. It reads its input alone and asks nobody.
 *
 * @public
 */
export function createTerraformFormatter(): Formatter {
  return async text => {
    const folder = await mkdtemp(join(tmpdir(), 'finops-format-'));
    try {
      return await new Promise((resolve, reject) => {
        const child = spawn('terraform', ['fmt', '-check', '-'], {
          cwd: folder,
          env: {
            PATH: process.env.PATH,
            HOME: folder,
            TMPDIR: folder,
            CHECKPOINT_DISABLE: '1',
          },
          stdio: ['pipe', 'ignore', 'ignore'],
          timeout: FORMAT_TIMEOUT_MS,
          windowsHide: true,
        });
        child.on('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ENOENT' ? resolve('unavailable') : reject(error),
        );
        child.on('close', code => {
          if (code === 0) {
            resolve('formatted');
          } else {
            resolve(code === UNFORMATTED ? 'unformatted' : 'broken');
          }
        });
        // Whoever stops reading has decided already.
        child.stdin.on('error', () => undefined);
        child.stdin.end(text);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
