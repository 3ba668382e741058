import type { V1Container } from '@kubernetes/client-node';
import { RuntimeSettings } from '@apexlogic/backstage-plugin-finops-node';

/** The variables looked into, and nothing else of an environment. */
const JVM_VARIABLES = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', 'JAVA_OPTS'];

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/**
 * What the language runtime of a container was told of memory and processors, from literal values of a
 * few variables and from its command line. Values that come from a secret or a config map are not read.
 */
export function runtimeSettings(
  container: Pick<V1Container, 'args' | 'command' | 'env'>,
): RuntimeSettings | undefined {
  const variable = (name: string) =>
    container.env?.find(entry => entry.name === name)?.value;
  const line = [...(container.command ?? []), ...(container.args ?? [])];
  const jvm = [...JVM_VARIABLES.map(variable), ...line].join(' ');
  // Of an option given twice the last one holds, and the command line comes after the variables.
  const heap = last(jvm, /(?:^|\s)-Xmx(\d{1,15})([kmgt]?)(?=\s|$)/gi);
  const processors = last(jvm, /-XX:ActiveProcessorCount=(\d{1,4})(?=\s|$)/g);
  if (
    heap ||
    processors ||
    JVM_VARIABLES.some(name => variable(name) !== undefined)
  ) {
    return described('jvm', {
      memoryBytes: heap && Number(heap[1]) * BYTES[heap[2].toLowerCase()],
      processors: processors && Number(processors[1]),
    });
  }
  const limit = /^(\d{1,15})(?:B|([KMGT])iB)?$/.exec(
    variable('GOMEMLIMIT') ?? '',
  );
  const threads = /^\d{1,4}$/.exec(variable('GOMAXPROCS') ?? '');
  if (limit || threads) {
    return described('go', {
      memoryBytes: limit
        ? Number(limit[1]) * BYTES[(limit[2] ?? '').toLowerCase()]
        : undefined,
      processors: threads ? Number(threads[0]) : undefined,
    });
  }
  const space = last(
    [variable('NODE_OPTIONS'), ...line].join(' '),
    /--max[-_]old[-_]space[-_]size[= ](\d{1,9})(?=\s|$)/g,
  );
  return space
    ? described('node', { memoryBytes: Number(space[1]) * BYTES.m })
    : undefined;
}

function last(text: string, pattern: RegExp): RegExpMatchArray | undefined {
  return [...text.matchAll(pattern)].at(-1);
}

/** Zero means "no bound" to all of them. */
function described(
  kind: RuntimeSettings['kind'],
  bounds: Omit<RuntimeSettings, 'kind'>,
): RuntimeSettings {
  return {
    kind,
    ...(bounds.memoryBytes ? { memoryBytes: bounds.memoryBytes } : {}),
    ...(bounds.processors ? { processors: bounds.processors } : {}),
  };
}
