import { FunctionContext, FUNCTIONS, member } from './functions';
import { markLiterals } from './literals';
import { Marks } from './marks';
import {
  Operand,
  ParsedTemplate,
  parseTemplate,
  Pipeline,
  TemplateError,
  TemplateNode,
} from './parseTemplate';
import {
  isEmpty,
  MapValue,
  NIL,
  pathOf,
  scalar,
  Value,
  ValuePath,
  valueOf,
} from './value';
import { printed, sorted } from './writeYaml';

const MAX_STEPS = 2_000_000;
const MAX_DEPTH = 100;
const MAX_OUTPUT = 8 * 1024 * 1024;

/** Functions that only carry what they are given. */
const TAKES_UNKNOWN = new Set([
  'dict',
  'list',
  'tuple',
  'include',
  'quote',
  'squote',
  'print',
  'toYaml',
  'set',
  'append',
  'get',
  'hasKey',
  'index',
  'omit',
  'pick',
  'keys',
  'merge',
  'mergeOverwrite',
  'deepCopy',
  'concat',
]);

/** A template file of a chart. */
export interface TemplateSource {
  readonly path: string;
  readonly source: string;
  readonly parsed: ParsedTemplate;
}

/** How a rendering goes. */
export interface EvaluateOptions {
  readonly marks: Marks;
  /** Named templates of the whole chart. */
  readonly named: ReadonlyMap<string, NamedTemplate>;
  /** What is taken for true of the conditions that cannot be known, by their place. */
  readonly assumed: ReadonlyMap<string, boolean>;
  /** Gets the place of every condition that cannot be known. */
  readonly asked: Set<string>;
  /** Gets the path of every value that was asked for and is empty. */
  readonly empty: Map<string, ValuePath>;
}

export interface NamedTemplate {
  readonly nodes: readonly TemplateNode[];
  readonly file: TemplateSource;
}

interface Scope {
  readonly variables: Map<string, Value>;
  readonly parent?: Scope;
}

class LoopSignal extends Error {
  constructor(readonly signal: 'break' | 'continue') {
    super(signal);
  }
}

/** Carries out a template over its data; throws {@link TemplateError} where that cannot be done exactly. */
export function evaluateTemplate(
  file: TemplateSource,
  data: Value,
  options: EvaluateOptions,
): string {
  const { marks, named, assumed, asked, empty } = options;
  let steps = 0;
  let written = 0;
  let depth = 0;
  const context: FunctionContext = {
    marks,
    include: (name, value) => runNamed(name, value),
    tpl: (body, value) => {
      const parsed = parseTemplate(body);
      const inner: TemplateSource = {
        path: `${file.path}#tpl`,
        source: body,
        parsed,
      };
      return run(parsed.nodes, value, inner);
    },
  };
  return run(file.parsed.nodes, data, file);

  function runNamed(name: string, value: Value): string {
    const template = named.get(name);
    if (!template) {
      return printed(
        {
          kind: 'unknown',
          why: `the template '${name}' is not in the repository`,
        },
        marks,
      );
    }
    return run(template.nodes, value, template.file);
  }

  function run(
    nodes: readonly TemplateNode[],
    dot: Value,
    source: TemplateSource,
  ): string {
    depth += 1;
    if (depth > MAX_DEPTH) {
      throw new TemplateError('templates include each other without end');
    }
    try {
      return list(nodes, dot, { variables: new Map([['$', dot]]) }, source);
    } finally {
      depth -= 1;
    }
  }

  function list(
    nodes: readonly TemplateNode[],
    dot: Value,
    scope: Scope,
    source: TemplateSource,
  ): string {
    let output = '';
    try {
      for (const node of nodes) {
        output += one(node, dot, scope, source);
      }
    } catch (cause) {
      if (cause instanceof LoopSignal) {
        throw Object.assign(cause, {
          output: output + ((cause as { output?: string }).output ?? ''),
        });
      }
      throw cause;
    }
    return output;
  }

  function one(
    node: TemplateNode,
    dot: Value,
    scope: Scope,
    source: TemplateSource,
  ): string {
    count();
    switch (node.kind) {
      case 'text':
        return emit(
          markLiterals(
            node.text,
            node.start,
            source.source,
            source.path,
            marks,
          ),
        );
      case 'output': {
        const { pipeline } = node;
        const value = evaluate(pipeline, dot, scope);
        noteEmpty(value);
        return pipeline.declares.length > 0 ? '' : emit(printed(value, marks));
      }
      case 'template':
        return emit(
          runNamed(
            node.name,
            node.pipeline ? evaluate(node.pipeline, dot, scope) : NIL,
          ),
        );
      case 'if':
      case 'with': {
        const inner: Scope = { variables: new Map(), parent: scope };
        const value = evaluate(node.pipeline, dot, inner);
        const isTrue = holds(value, `${source.path}:${node.start}`);
        return isTrue
          ? list(node.body, node.kind === 'with' ? value : dot, inner, source)
          : list(node.otherwise, dot, inner, source);
      }
      case 'range':
        return loop(node, dot, scope, source);
      default:
        throw new LoopSignal(node.kind);
    }
  }

  function count(): void {
    steps += 1;
    if (steps > MAX_STEPS) {
      throw new TemplateError('it takes too long');
    }
  }

  function emit(output: string): string {
    written += output.length;
    if (written > MAX_OUTPUT) {
      throw new TemplateError('it writes too much');
    }
    return output;
  }

  function loop(
    node: Extract<TemplateNode, { kind: 'if' | 'with' | 'range' }>,
    dot: Value,
    scope: Scope,
    source: TemplateSource,
  ): string {
    const { declares } = node.pipeline;
    const over = evaluate(node.pipeline, dot, scope, true);
    const members: (readonly [Value, Value])[] = [];
    switch (over.kind) {
      case 'unknown':
        throw new TemplateError(`it loops over what is not known: ${over.why}`);
      case 'list':
        over.items.forEach((item, index) =>
          members.push([scalar(index), item]),
        );
        break;
      case 'map':
        for (const [key, item] of sorted(over.entries)) {
          members.push([scalar(key), item]);
        }
        break;
      case 'scalar':
        if (typeof over.value !== 'number') {
          throw new TemplateError('it loops over a single value');
        }
        for (let index = 0; index < Math.min(over.value, 10_000); index += 1) {
          members.push([scalar(index), scalar(index)]);
        }
        break;
      default:
        noteEmpty(over);
    }
    if (members.length === 0) {
      return list(
        node.otherwise,
        dot,
        { variables: new Map(), parent: scope },
        source,
      );
    }
    let output = '';
    for (const [key, item] of members) {
      count();
      const variables = new Map<string, Value>();
      if (declares.length === 2) {
        variables.set(declares[0], key);
        variables.set(declares[1], item);
      } else if (declares.length === 1) {
        variables.set(declares[0], item);
      }
      try {
        output += list(node.body, item, { variables, parent: scope }, source);
      } catch (cause) {
        if (!(cause instanceof LoopSignal)) {
          throw cause;
        }
        output += (cause as { output?: string }).output ?? '';
        if (cause.signal === 'break') {
          break;
        }
      }
    }
    return output;
  }

  function evaluate(
    pipeline: Pipeline,
    dot: Value,
    scope: Scope,
    isRange = false,
  ): Value {
    let value: Value | undefined;
    for (const command of pipeline.commands) {
      value = call(command, value, dot, scope);
    }
    if (!isRange && pipeline.declares.length === 1) {
      const [name] = pipeline.declares;
      if (pipeline.assigns) {
        assign(name, value!, scope);
      } else {
        scope.variables.set(name, value!);
      }
    }
    return value!;
  }

  function call(
    [head, ...rest]: readonly Operand[],
    piped: Value | undefined,
    dot: Value,
    scope: Scope,
  ): Value {
    if (head.kind !== 'function') {
      const value = operand(head, dot, scope);
      if (rest.length > 0 || piped) {
        // Only methods take arguments, as `.Files.Get` and `.Capabilities.APIVersions.Has` do.
        return value.kind === 'unknown'
          ? value
          : { kind: 'unknown', why: 'it calls a method' };
      }
      return value;
    }
    const { name } = head;
    if (name === 'and' || name === 'or') {
      return shortCircuit(name, rest, piped, dot, scope);
    }
    const args = [
      ...rest.map(item => operand(item, dot, scope)),
      ...(piped ? [piped] : []),
    ];
    for (const arg of args) {
      noteEmpty(arg);
    }
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!known) {
      return { kind: 'unknown', why: `the function '${name}'` };
    }
    const unknown = args.find(arg => arg.kind === 'unknown');
    if (unknown && !TAKES_UNKNOWN.has(name)) {
      return unknown;
    }
    return known(args as Exclude<Value, { kind: 'unknown' }>[], context);
  }

  function shortCircuit(
    name: 'and' | 'or',
    operands: readonly Operand[],
    piped: Value | undefined,
    dot: Value,
    scope: Scope,
  ): Value {
    let unknown: Value | undefined;
    let last: Value = NIL;
    for (let index = 0; index < operands.length + (piped ? 1 : 0); index += 1) {
      last =
        index < operands.length ? operand(operands[index], dot, scope) : piped!;
      noteEmpty(last);
      if (last.kind === 'unknown') {
        unknown = last;
      } else if (isEmpty(last) === (name === 'and')) {
        return last;
      }
    }
    return unknown ?? last;
  }

  function operand(item: Operand, dot: Value, scope: Scope): Value {
    switch (item.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return NIL;
      case 'literal':
        return scalar(item.value);
      case 'variable':
        return lookUp(item.name, scope);
      case 'pipeline':
        return evaluate(item.pipeline, dot, {
          variables: new Map(),
          parent: scope,
        });
      case 'function':
        return call([item], undefined, dot, scope);
      default:
        return item.keys.reduce<Value>(
          (value, key) => member(value, key),
          operand(item.of, dot, scope),
        );
    }
  }

  function holds(value: Value, place: string): boolean {
    if (value.kind !== 'unknown') {
      noteEmpty(value);
      return !isEmpty(value);
    }
    asked.add(place);
    return assumed.get(place) ?? false;
  }

  function noteEmpty(value: Value): void {
    const path = pathOf(value);
    if (path && value.kind !== 'unknown' && isEmpty(value)) {
      empty.set(JSON.stringify(path), path);
    }
  }
}

function lookUp(name: string, scope: Scope): Value {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const value = at.variables.get(name);
    if (value) {
      return value;
    }
  }
  throw new TemplateError(`the variable ${name} is not there`);
}

function assign(name: string, value: Value, scope: Scope): void {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    if (at.variables.has(name)) {
      at.variables.set(name, value);
      return;
    }
  }
  throw new TemplateError(`the variable ${name} is not there`);
}

/** What `.Release`, `.Chart` and the like say of a chart. */
export function builtIns(options: {
  values: MapValue;
  chart: Readonly<Record<string, unknown>>;
  release: { readonly name: string; readonly namespace: string };
  templatePath: string;
  basePath: string;
}): MapValue {
  const { values, chart, release, templatePath, basePath } = options;
  const cluster: Value = {
    kind: 'unknown',
    why: 'it depends on the cluster',
  };
  const known = valueOf({
    Chart: Object.fromEntries(
      Object.entries(chart).map(([key, item]) => [
        key[0].toUpperCase() + key.slice(1),
        item,
      ]),
    ),
    Release: {
      Name: release.name,
      Namespace: release.namespace,
      Service: 'Helm',
    },
    Template: { Name: templatePath, BasePath: basePath },
  }) as MapValue;
  (known.entries.get('Release') as MapValue).entries
    .set('IsUpgrade', cluster)
    .set('IsInstall', cluster)
    .set('Revision', cluster);
  known.entries
    .set('Values', values)
    .set('Capabilities', cluster)
    .set('Subcharts', { kind: 'unknown', why: 'it looks into subcharts' })
    .set('Files', { kind: 'unknown', why: 'it reads files of the chart' });
  return known;
}
