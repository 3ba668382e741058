// Progress and errors as a person reads them; no dependencies, runs before anything is installed.

/** Thrown for what the user can mend; printed without a stack. */
export class UserError extends Error {}

export function seconds(startMs) {
  return `${((Date.now() - startMs) / 1000).toFixed(1)} s`;
}

/** Runs one named step and prints how long it took. */
export async function step(title, work) {
  const start = Date.now();
  process.stdout.write(`• ${title} …\n`);
  const result = await work();
  process.stdout.write(`  ${title}: done in ${seconds(start)}\n`);
  return result;
}

/** Wraps a script's main function: clear errors, exit codes, nothing swallowed. */
export async function main(run) {
  try {
    process.exitCode = (await run()) ?? 0;
  } catch (error) {
    console.error(error instanceof UserError ? `\n✗ ${error.message}` : error);
    process.exitCode = 1;
  }
}
