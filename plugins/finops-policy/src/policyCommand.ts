import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { loadPolicies } from './loadPolicies';
import { runPolicyTests } from './runPolicyTests';
import { PolicyFile } from './types';

const USAGE = 'usage: finops-policy test <folder or file>...';

/**
 * `finops-policy test <path>...`: loads the policies below some paths and runs the tests beside them.
 * Resolves to the exit code: 0 when every policy loads and every test passes, 1 when not or when there is
 * no test, 2 on a mistake in how it is called.
 *
 * @public
 */
export async function runPolicyCommand(
  args: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const [command, ...paths] = args;
  if (command !== 'test' || paths.length === 0) {
    print(USAGE);
    return 2;
  }
  let files: readonly PolicyFile[];
  try {
    files = (await Promise.all(paths.map(readFiles))).flat();
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return 2;
  }
  const { failed } = loadPolicies(files);
  for (const { path, error } of failed) {
    print(`not loaded: ${path}: ${error}`);
  }
  const results = runPolicyTests(files);
  for (const result of results) {
    print(
      result.kind === 'passed'
        ? `passed: ${result.name}`
        : `FAILED: ${result.path}: ${result.name}: ${result.reason}`,
    );
  }
  const passed = results.filter(({ kind }) => kind === 'passed').length;
  print(`${passed} of ${results.length} tests passed`);
  return failed.length === 0 && results.length > 0 && passed === results.length
    ? 0
    : 1;
}

async function readFiles(path: string): Promise<readonly PolicyFile[]> {
  const found = await stat(path);
  const names = found.isDirectory()
    ? (await readdir(path, { recursive: true })).map(name => join(path, name))
    : [path];
  return Promise.all(
    names
      .filter(name => /\.(ya?ml|json)$/i.test(name))
      .sort()
      .map(async name => ({
        path: name.split(sep).join('/'),
        text: await readFile(name, 'utf8'),
      })),
  );
}
