import { Scalar, stepInto, Value } from '../value';
import {
  Configuration,
  Declared,
  localSourceOf,
  Module,
  VariableFile,
} from './configuration';
import { HclBlock, HclBody, HclExpression } from './hcl';

/** Where a value is written. */
export interface Place {
  readonly path: string;
  readonly expression: HclExpression;
}

export type HclValue = Value<Place>;

/** The place of what is a key of `for_each`: nowhere. */
const KEY: Place = {
  path: '',
  expression: { kind: 'list', start: 0, end: 0, items: [] },
};

/** References may go in a circle, which Terraform refuses and we must survive. */
const MAX_DEPTH = 60;

/** One use of a module: the root, or what one call makes of it. */
export interface Scope {
  readonly module: Module;
  /** Empty for the root, else `module.a.module.b["key"]`. */
  readonly address: string;
  readonly variable: (name: string, depth: number) => HclValue;
  readonly child: (call: string) => Scope | undefined;
  readonly remembered: Map<string, HclValue>;
  /** Whether one of the calls that lead here stands for several uses of the module. */
  readonly many: boolean;
}

/** The value of `for_each` for one of the things it makes. */
export interface Each {
  readonly key: string;
  readonly value: HclValue;
}

/** One resource, data source, provider, output or call of a foreign module, in one use of its module. */
export interface Instance {
  readonly address: string;
  readonly path: string;
  readonly block: HclBlock;
  readonly scope: Scope;
  readonly each?: Each;
  /** The block stands for as many as its `count` or `for_each` comes to. */
  readonly stands: 'one' | 'one-of-many' | 'for-all';
}

/** Everything that a root declares, the modules it calls included. */
export function instancesOf(
  configuration: Configuration,
  root: string,
  given: string | undefined,
): Instance[] {
  const module = configuration.modules.get(root);
  if (!module) {
    return [];
  }
  const scope = rootScope(
    configuration,
    module,
    configuration.variableFilesOf(root),
    given,
  );
  const instances: Instance[] = [];
  collect(configuration, scope, instances, 0);
  return instances;
}

function collect(
  configuration: Configuration,
  scope: Scope,
  instances: Instance[],
  depth: number,
): void {
  const { module } = scope;
  for (const declared of module.resources.values()) {
    const { labels } = declared.node;
    instances.push(...repeated(declared, scope, labels.join('.')));
  }
  for (const declared of module.others) {
    const { type, labels } = declared.node;
    instances.push(...repeated(declared, scope, [type, ...labels].join('.')));
  }
  for (const declared of module.outputs.values()) {
    instances.push(
      ...repeated(declared, scope, `output.${declared.node.labels[0]}`),
    );
  }
  for (const [name, declared] of module.calls) {
    const source = localSourceOf(module.directory, declared.node);
    const called =
      source === undefined ? undefined : configuration.modules.get(source);
    for (const instance of repeated(declared, scope, `module.${name}`)) {
      if (called && depth < MAX_DEPTH) {
        collect(
          configuration,
          childScope(configuration, instance, called),
          instances,
          depth + 1,
        );
      } else {
        instances.push(instance);
      }
    }
  }
}

function repeated(
  { path, node: block }: Declared<HclBlock>,
  scope: Scope,
  name: string,
): Instance[] {
  const address = scope.address ? `${scope.address}.${name}` : name;
  const base = { path, block, scope };
  const count = attributeOf(block.body, 'count');
  const forEach = attributeOf(block.body, 'for_each');
  if (forEach) {
    const keys = evaluate({ path, expression: forEach }, scope, undefined, 0);
    return keys.kind === 'object'
      ? [...keys.entries].map(([key, value]) => ({
          ...base,
          address: `${address}[${JSON.stringify(key)}]`,
          each: { key, value },
          stands: scope.many ? ('for-all' as const) : ('one-of-many' as const),
        }))
      : [{ ...base, address, stands: 'for-all' }];
  }
  return [
    {
      ...base,
      address,
      stands:
        !scope.many && (!count || isAtMostOne(count, path, scope))
          ? 'one'
          : 'for-all',
    },
  ];
}

/** `count = var.enabled ? 1 : 0` makes one or none: the usual way to switch a resource. */
function isAtMostOne(
  count: HclExpression,
  path: string,
  scope: Scope,
): boolean {
  const options =
    count.kind === 'other' && count.branches ? count.branches : [count];
  return options.every(expression => {
    const value = evaluate({ path, expression }, scope, undefined, 0);
    return value.kind === 'literal' && Number(value.value) <= 1;
  });
}

function rootScope(
  configuration: Configuration,
  module: Module,
  files: readonly VariableFile[],
  given: string | undefined,
): Scope {
  const ordered = [
    ...files.filter(file => file.automatic && file.path !== given),
    ...files.filter(file => file.path === given),
  ];
  const scope: Scope = {
    module,
    address: '',
    many: false,
    remembered: new Map(),
    child: childOf(configuration, () => scope),
    variable: (name, depth) => {
      const uncertain =
        given === undefined
          ? files.filter(
              file => !file.automatic && attributeOf(file.body, name),
            )
          : [];
      if (uncertain.length > 0) {
        return unknown(
          `var.${name}`,
          'ambiguous',
          `${uncertain
            .map(({ path }) => path)
            .join(
              ', ',
            )} may give the variable ${name} another value; name the one that is used`,
        );
      }
      const file = ordered.findLast(({ body }) => attributeOf(body, name));
      return file
        ? evaluate(
            { path: file.path, expression: attributeOf(file.body, name)! },
            scope,
            undefined,
            depth,
          )
        : defaultOf(module, name, scope, depth);
    },
  };
  return scope;
}

function childScope(
  configuration: Configuration,
  { address, path, block, scope: caller, each, stands }: Instance,
  module: Module,
): Scope {
  const scope: Scope = {
    module,
    address,
    many: stands === 'for-all',
    remembered: new Map(),
    child: childOf(configuration, () => scope),
    variable: (name, depth) => {
      const expression = attributeOf(block.body, name);
      return expression
        ? evaluate({ path, expression }, caller, each, depth)
        : defaultOf(module, name, scope, depth);
    },
  };
  return scope;
}

function childOf(
  configuration: Configuration,
  parent: () => Scope,
): Scope['child'] {
  return name => {
    const scope = parent();
    const call = scope.module.calls.get(name);
    const source = call && localSourceOf(scope.module.directory, call.node);
    const module =
      source === undefined ? undefined : configuration.modules.get(source);
    return (
      module &&
      childScope(
        configuration,
        {
          address: `${scope.address ? `${scope.address}.` : ''}module.${name}`,
          path: call!.path,
          block: call!.node,
          scope,
          stands: 'for-all',
        },
        module,
      )
    );
  };
}

function defaultOf(
  module: Module,
  name: string,
  scope: Scope,
  depth: number,
): HclValue {
  const declared = module.variables.get(name);
  const expression = declared && attributeOf(declared.node.body, 'default');
  return expression
    ? evaluate({ path: declared!.path, expression }, scope, undefined, depth)
    : unknown(
        `var.${name}`,
        'value-not-found',
        `no file gives the variable ${name} a value`,
      );
}

/** What an expression comes to in a scope; never throws. */
export function evaluate(
  place: Place,
  scope: Scope,
  each: Each | undefined,
  depth: number,
): HclValue {
  const { path, expression } = place;
  if (depth > MAX_DEPTH) {
    return circle(path);
  }
  const deeper = (inner: HclExpression) =>
    evaluate({ path, expression: inner }, scope, each, depth + 1);
  switch (expression.kind) {
    case 'literal':
      return { kind: 'literal', value: expression.value as Scalar, at: place };
    case 'list':
      return { kind: 'list', items: expression.items.map(deeper), at: place };
    case 'object': {
      const entries = new Map<string, HclValue>();
      for (const { key, value } of expression.entries) {
        if (key === undefined || entries.has(key)) {
          return {
            kind: 'computed',
            text: '{…}',
            inputs: expression.entries.map(entry => deeper(entry.value)),
            reason:
              key === undefined
                ? 'a key of the map is computed'
                : `the map says '${key}' twice`,
          };
        }
        entries.set(key, deeper(value));
      }
      return { kind: 'object', entries, at: place };
    }
    case 'reference':
      return evaluateReference(expression, deeper, scope, each, depth);
    default:
      return {
        kind: 'computed',
        text: expression.text,
        inputs: expression.inputs.map(deeper),
      };
  }
}

function evaluateReference(
  reference: HclExpression & { kind: 'reference' },
  evaluateInner: (inner: HclExpression) => HclValue,
  scope: Scope,
  each: Each | undefined,
  depth: number,
): HclValue {
  const { head } = reference;
  const steps: (string | number)[] = [];
  const inputs: HclValue[] = [];
  for (const step of reference.steps) {
    if (typeof step === 'object') {
      const index = evaluateInner(step);
      if (
        index.kind === 'literal' &&
        (typeof index.value === 'string' || typeof index.value === 'number')
      ) {
        steps.push(index.value);
        continue;
      }
      inputs.push(index);
      break;
    }
    steps.push(step);
  }
  const text = [head, ...steps].join('.');
  const whole = inputs.length === 0;
  const [name, ...rest] = steps;
  let base: HclValue | undefined;
  if (head === 'var' && name !== undefined) {
    base = remembered(scope, `var.${name}`, () =>
      scope.variable(String(name), depth + 1),
    );
  } else if (head === 'local' && name !== undefined) {
    base = remembered(scope, `local.${name}`, () =>
      localOf(String(name), scope, depth),
    );
  } else if (head === 'each' && each && name === 'value') {
    base = each.value;
  } else if (head === 'each' && each && name === 'key') {
    // Known, but a key of a map is no value that could be written in its place.
    return { kind: 'literal', value: each.key, at: KEY };
  }
  if (base) {
    const found = stepInto(base, rest, text);
    return whole
      ? found
      : { kind: 'computed', text, inputs: [found, ...inputs] };
  }
  return {
    kind: 'computed',
    text,
    inputs: [...inputs, ...referred(head, steps, scope, depth)],
  };
}

/** What another resource or a module says: whoever refers to it changes with it. */
function referred(
  head: string,
  steps: readonly (string | number)[],
  scope: Scope,
  depth: number,
): HclValue[] {
  if (depth > MAX_DEPTH) {
    return [];
  }
  const [name, ...rest] = head === 'resource' ? steps.slice(1) : steps;
  const type = head === 'resource' ? steps[0] : head;
  if (head === 'module') {
    const child = scope.child(String(name));
    const output = child?.module.outputs.get(
      String(rest.find(step => child.module.outputs.has(String(step)))),
    );
    const expression = output && attributeOf(output.node.body, 'value');
    return expression
      ? [
          evaluate(
            { path: output!.path, expression },
            child!,
            undefined,
            depth + 1,
          ),
        ]
      : [];
  }
  const resource = scope.module.resources.get(`${type}.${name}`);
  const attribute = rest.find(step => typeof step === 'string');
  const expression =
    resource && attributeOf(resource.node.body, String(attribute));
  return expression
    ? [
        evaluate(
          { path: resource!.path, expression },
          scope,
          undefined,
          depth + 1,
        ),
      ]
    : [];
}

function localOf(name: string, scope: Scope, depth: number): HclValue {
  const declared = scope.module.locals.get(name);
  return declared
    ? evaluate(
        { path: declared.path, expression: declared.node.value },
        scope,
        undefined,
        depth + 1,
      )
    : unknown(`local.${name}`, 'value-not-found', `there is no local.${name}`);
}

function remembered(
  { remembered: memory }: Scope,
  key: string,
  make: () => HclValue,
): HclValue {
  const known = memory.get(key);
  if (known) {
    return known;
  }
  // What asks for itself while it is being found goes in a circle.
  memory.set(key, circle(key));
  const value = make();
  memory.set(key, value);
  return value;
}

/** Attributes and blocks of an instance, each as a value; blocks of a kind are a list. */
export function valuesOf(
  { path, block, scope, each }: Instance,
  body: HclBody = block.body,
  depth = 0,
): Map<string, HclValue> {
  const values = new Map<string, HclValue>();
  for (const { name, value } of body.attributes) {
    if (name === 'for_each' && each && depth === 0) {
      // One of what it makes is told by its own entry alone.
      continue;
    }
    values.set(name, evaluate({ path, expression: value }, scope, each, 0));
  }
  const lists = new Map<string, HclValue[]>();
  for (const inner of body.blocks) {
    const name = [inner.type, ...inner.labels].join('.');
    const entries =
      depth < MAX_DEPTH
        ? valuesOf(
            { address: '', path, block, scope, each, stands: 'one' },
            inner.body,
            depth + 1,
          )
        : new Map<string, HclValue>();
    lists.set(name, [
      ...(lists.get(name) ?? []),
      {
        kind: 'object',
        entries,
        at: {
          path,
          expression: {
            kind: 'object',
            start: inner.start,
            end: inner.end,
            entries: [],
            bodyEnd: inner.bodyEnd,
          },
        },
      },
    ]);
  }
  for (const [name, items] of lists) {
    values.set(name, {
      kind: 'list',
      items,
      at: { path, expression: { kind: 'list', start: 0, end: 0, items: [] } },
    });
  }
  return values;
}

/** The expression of an attribute of a body. */
export function attributeOf(
  body: HclBody,
  name: string,
): HclExpression | undefined {
  return body.attributes.find(attribute => attribute.name === name)?.value;
}

function circle(text: string): HclValue {
  return unknown(text, 'template', 'values refer to each other in a circle');
}

function unknown(
  text: string,
  code?: Extract<HclValue, { kind: 'computed' }>['code'],
  reason?: string,
): HclValue & { kind: 'computed' } {
  return { kind: 'computed', text, inputs: [], code, reason };
}
