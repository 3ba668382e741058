import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const PARENT = `
  require('./emulator.ts')
    .startEmulator({ publicUrl: 'http://x.example', owner: 'o', repository: 'r', people: [{ login: 'a', name: 'A' }] })
    .then(emulator => console.log(emulator.url));
`;

describe('startEmulator', () => {
  jest.setTimeout(60_000);

  it('leaves no process behind when its parent is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--require',
        require.resolve('@backstage/cli/config/nodeTransform.cjs'),
        '--eval',
        PARENT,
      ],
      { cwd: __dirname, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output] = await once(parent.stdout, 'data');
    const url = String(output).trim();
    expect((await fetch(`${url}/repos/o/r`)).status).toBe(200);

    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (await isAnswering(url)) {
      await sleep(20);
    }
    await expect(fetch(url)).rejects.toThrow();
  });
});

async function isAnswering(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
