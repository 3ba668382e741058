import { stat, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatReport } from './formatReport';
import { suites } from './suites';

const USAGE = `usage: npm run bench -- <suite> --data <folder> [--set NAME] [--json FILE] [--plot FILE]
suites: ${suites.map(({ name }) => name).join(', ')}`;

/** A mistake in how the command was called; its message is meant for the caller. */
export class UsageError extends Error {
  readonly name = 'UsageError';
}

/**
 * Runs what the command line asks for and prints the table.
 *
 * @throws {@link UsageError} when the arguments do not name a suite and an existing folder.
 */
export async function runBench(
  args: string[],
  print: (text: string) => void,
): Promise<void> {
  const { suiteName, data, set, json, plot } = parseCommand(args);
  const suite = suites.find(({ name }) => name === suiteName);
  if (!suite) {
    throw new UsageError(`there is no suite '${suiteName ?? ''}'\n${USAGE}`);
  }
  if (data === undefined) {
    throw new UsageError(`--data is missing\n${USAGE}`);
  }
  const isFolder = await stat(data).then(
    found => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new UsageError(`'${data}' is not a folder`);
  }
  const { plot: drawing, ...report } = await suite.run({
    data,
    ...(set === undefined ? {} : { set }),
  });
  print(formatReport(report));
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify(report, undefined, 1)}\n`);
  }
  if (plot !== undefined) {
    if (drawing === undefined) {
      throw new UsageError(`the suite '${suite.name}' has drawn nothing`);
    }
    await writeFile(plot, drawing);
  }
}

function parseCommand(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        set: { type: 'string' },
        json: { type: 'string' },
        plot: { type: 'string' },
      },
    });
    return { suiteName: positionals[0] as string | undefined, ...values };
  } catch (error) {
    throw new UsageError(
      `${error instanceof Error ? error.message : error}\n${USAGE}`,
    );
  }
}
