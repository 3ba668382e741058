import { runBench } from './runBench';

runBench(process.argv.slice(2), text =>
  process.stdout.write(`${text}\n`),
).catch(error => {
  process.stderr.write(
    `${error.name === 'UsageError' ? error.message : error.stack}\n`,
  );
  process.exitCode = 1;
});
