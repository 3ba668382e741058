// Counts of all test runners, added up.
import { readFileSync } from 'node:fs';

/** Reads jest's JSON report. */
export function jestResults(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const skipped = report.testResults.flatMap(suite =>
    suite.assertionResults
      .filter(test => test.status === 'pending' || test.status === 'todo')
      .map(test => test.fullName),
  );
  return {
    passed: report.numPassedTests,
    // A suite that cannot even be loaded has no tests to count, yet has failed.
    failed: report.numFailedTests + (report.numRuntimeErrorTestSuites ?? 0),
    skipped,
  };
}

/** Reads the TAP that node's own runner writes. */
export function tapResults(text) {
  const count = name =>
    Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  const skipped = [...text.matchAll(/^\s*ok \d+ - (.*) # SKIP\s*(.*)$/gm)].map(
    ([, name, why]) => (why ? `${name} (${why})` : name),
  );
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped,
  };
}

export function addUp(results) {
  return results.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: [...sum.skipped, ...one.skipped],
    }),
    { passed: 0, failed: 0, skipped: [] },
  );
}
