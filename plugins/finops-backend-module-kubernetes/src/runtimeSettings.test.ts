import { runtimeSettings } from './runtimeSettings';

const MIB = 2 ** 20;
const env = (name: string, value: string) => ({ env: [{ name, value }] });

describe('runtimeSettings', () => {
  it.each([
    [
      'a heap of a variable',
      env('JAVA_TOOL_OPTIONS', '-Xms256m -Xmx2g'),
      { kind: 'jvm', memoryBytes: 2048 * MIB },
    ],
    [
      'the last option on a command line',
      {
        ...env('JAVA_OPTS', '-Xmx1g'),
        command: ['sh', '-c'],
        args: ['exec java -Xmx512M -XX:ActiveProcessorCount=2 -jar app.jar'],
      },
      { kind: 'jvm', memoryBytes: 512 * MIB, processors: 2 },
    ],
    ['a JVM without bounds', env('JAVA_OPTS', '-ea'), { kind: 'jvm' }],
    [
      'a limit of Go',
      {
        env: [
          { name: 'GOMEMLIMIT', value: '900MiB' },
          { name: 'GOMAXPROCS', value: '4' },
        ],
      },
      { kind: 'go', memoryBytes: 900 * MIB, processors: 4 },
    ],
    [
      'bytes without a unit',
      env('GOMEMLIMIT', '1048576'),
      { kind: 'go', memoryBytes: MIB },
    ],
    [
      'the old space of Node',
      { command: ['node', '--max-old-space-size=1536', 'index.js'] },
      { kind: 'node', memoryBytes: 1536 * MIB },
    ],
  ])('reads %s', (_, container, expected) => {
    expect(runtimeSettings(container)).toEqual(expected);
  });

  it.each([
    ['nothing', {}],
    ['a limit that is off', env('GOMEMLIMIT', 'off')],
    ['a limit that is no number', env('GOMEMLIMIT', '12 parsecs')],
    ['a word that only looks like a heap', { args: ['--name=a-Xmx2g'] }],
    [
      'a value that comes from a secret',
      {
        env: [
          {
            name: 'JAVA_OPTS',
            valueFrom: { secretKeyRef: { name: 's', key: 'k' } },
          },
        ],
      },
    ],
    ['other variables', env('PASSWORD', '-Xmx2g')],
  ])('makes nothing of %s', (_, container) => {
    expect(runtimeSettings(container)).toBeUndefined();
  });
});
