import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { planChange } from '../../planChange';
import {
  filesAfter,
  planned,
  RATIONALE,
  resourceTarget,
  snapshotOf,
} from '../../testUtils';
import type { Formatter } from '../checkFormat';

const FROM = 'db.r6g.xlarge';
const TO = 'db.t4g.micro';
const MARKER = '# ai.apexlogic.com/optimisation-reason';

const word = fc
  .stringMatching(/^[a-z][a-z0-9_]{0,11}$/)
  .map(text => `x_${text}`);
/** Text of any alphabet between quotes: nothing that ends it or starts a template. */
const quoted = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .map(text => `"${text.replace(/["\\$%\p{Cc}\p{Zl}\p{Zp}]/gu, '_')}"`);

const expression: fc.Arbitrary<string> = fc.oneof(
  quoted,
  fc.nat().map(String),
  fc.constantFrom(
    'true',
    'null',
    'var.unrelated',
    'local.unrelated[0].x',
    'merge(var.a, { b = "c" })',
    'var.big ? "a" : "b"',
    '"a-${var.b}-${upper("c")}"',
    '"say \\"no\\" to $${this} and %%{that}"',
    '[for k, v in var.q : v.id if k != 1]',
    '-1 + (2 * 3)',
    'aws_other.thing[*].id',
  ),
  fc.array(quoted, { maxLength: 3 }).map(items => `[${items.join(', ')}]`),
  quoted.map(text => `{\n    a = ${text} # in a map\n    "b c" : 1,\n  }`),
  quoted.map(
    text =>
      `<<-EOT\n    instance_class = "${FROM}" ${text}\n    # no comment\n  EOT`,
  ),
);

const filler: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(word, fc.constantFrom(' = ', '=', '   = ', ' =  '), expression)
    .map(parts => `  ${parts.join('')}`),
  fc.constantFrom(
    '',
    '  # a comment with "quotes" and { braces',
    '  // another = one',
    `  /* of two\n     instance_class = "${FROM}" lines */`,
    '  nested {\n    inner "label" {\n      deep = [1, 2]\n    }\n  }',
    `  x_inline = { instance_class = "${FROM}" } # same text elsewhere`,
  ),
);

/** Lines with the wanted one among them; names of attributes are made unique. */
function body(line: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(filler, { maxLength: 5 }),
      fc.array(filler, { maxLength: 5 }),
      fc.constantFrom('', ' # why', '   // why "not"', ' /* here */'),
    )
    .map(([before, after, comment]) => {
      let index = 0;
      return [...before, `  ${line}${comment}`, ...after]
        .map(text => text.replace(/^ {2}x_(?!inline)/, () => `  x${index++}_`))
        .map(text =>
          text.replace(/^ {2}x_inline/, () => `  x${index++}_inline`),
        )
        .join('\n');
    });
}

interface Case {
  readonly files: Record<string, string>;
  readonly address: string;
  /** The file with the value, and its text afterwards. */
  readonly path: string;
  readonly expected: string;
}

const equals = fc.constantFrom(' = ', '=', '    = ', ' /* = */ = ');

const generated: fc.Arbitrary<Case> = fc
  .record({
    where: fc.constantFrom(
      'literal',
      'tfvars',
      'default',
      'local',
      'module',
      'map',
    ),
    eol: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\uFEFF'),
    sign: equals,
    seed: fc.nat(),
  })
  .chain(({ where, eol, mark, sign }) => {
    const value = `"\u0000${FROM}"`;
    const held = body(
      `instance_class${sign}${where === 'literal' ? value : 'PLACE'}`,
    );
    const resource = (place: string) =>
      held.map(
        text =>
          `# top\n\nresource "aws_db_instance" "orders" {\n${text.replace(
            'PLACE',
            place,
          )}\n}\n`,
      );
    const root = 'aws_db_instance.orders';
    const layouts: Record<
      string,
      fc.Arbitrary<[Record<string, string>, string]>
    > = {
      literal: resource('').map(text => [{ 'live/main.tf': text }, root]),
      tfvars: fc
        .tuple(resource('var.class'), body(`class${sign}${value}`))
        .map(([text, values]) => [
          {
            'live/main.tf': `${text}variable "class" {}\n`,
            'live/terraform.tfvars': `${values}\n`.replace(
              /^ {2}nested \{\n.*\n.*\n.*\n {2}\}$/gm,
              '',
            ),
          },
          root,
        ]),
      default: fc
        .tuple(resource('var.class'), body(`default${sign}${value}`))
        .map(([text, values]) => [
          {
            'live/main.tf': text,
            'live/variables.tf': `variable "class" {\n${values}\n}\n`,
          },
          root,
        ]),
      local: fc
        .tuple(
          resource('local.db.class'),
          body(`db = { class${sign}${value} }`),
        )
        .map(([text, values]) => [
          { 'live/main.tf': `locals {\n${values}\n}\n${text}` },
          root,
        ]),
      module: fc
        .tuple(resource('var.class'), body(`class${sign}${value}`))
        .map(([text, values]) => [
          {
            'modules/db/main.tf': `${text}variable "class" {}\n`,
            'live/main.tf': `module "db" {\n  source = "../modules/db"\n${values}\n}\n`,
          },
          `module.db.${root}`,
        ]),
      map: fc
        .tuple(
          resource('each.value.class'),
          body(`orders = {\n    class${sign}${value}\n  }`),
        )
        .map(([text, values]) => [
          {
            'live/main.tf': `locals {\n  all = {\n${values.replace(
              /^ {2}nested \{\n.*\n.*\n.*\n {2}\}$/gm,
              '',
            )}\n  }\n}\n${text.replace('{\n', '{\n  for_each = local.all\n')}`,
          },
          `${root}["orders"]`,
        ]),
    };
    return layouts[where].map(([texts, address]) => {
      const files = Object.fromEntries(
        Object.entries(texts).map(([path, text]) => [
          path,
          mark + text.replaceAll('\n', eol),
        ]),
      );
      const path = Object.keys(files).find(each =>
        files[each].includes('\u0000'),
      )!;
      const expected = files[path].replace(`\u0000${FROM}`, TO);
      files[path] = files[path].replace('\u0000', '');
      return { files, address, path, expected };
    });
  });

const none: Formatter = async () => 'unavailable';

async function run({ files, address }: Case, formatter: Formatter) {
  return planChange(
    resourceTarget(
      {
        kind: 'downgrade-database',
        resource: { system: 'terraform', address },
        instanceClass: { from: FROM, to: TO },
      },
      'live',
    ),
    RATIONALE,
    snapshotOf(files),
    { formatter },
  );
}

/** Without our lines; a comment behind a value may have moved to stay in its column. */
function comparable(text: string): string {
  return text
    .replace(new RegExp(`^(\uFEFF?)[ \t]*${MARKER}[^\n]*\n`, 'gm'), '$1')
    .split('\n')
    .map(line => line.replace(/ +(?=#|\/\/)/g, ' '))
    .join('\n');
}

it('changes the one value of generated code, wherever it is written, and adds one line', async () => {
  await fc.assert(
    fc.asyncProperty(generated, async each => {
      const result = await run(each, none);
      expect(result).toMatchObject({ kind: 'planned' });
      const after = await filesAfter(result, snapshotOf(each.files));
      expect(Object.keys(after)).toEqual([each.path]);
      expect(comparable(after[each.path])).toBe(comparable(each.expected));
      const lines = (text: string) => text.split('\n').length;
      expect(lines(after[each.path])).toBe(lines(each.expected) + 1);
      const bare = after[each.path].replaceAll('\r\n', '');
      expect(bare.includes('\n')).toBe(!each.expected.includes('\r\n'));
    }),
    { numRuns: 200 },
  );
}, 120_000);

const hasTerraform = spawnSync('terraform', ['version']).status === 0;

// Where terraform is not installed there is nothing to hold the edits against.
const itWithTerraform = hasTerraform ? it : it.skip;
itWithTerraform(
  'leaves formatted code formatted',
  async () => {
    const formatted = (text: string) => {
      const { status, stdout } = spawnSync('terraform', ['fmt', '-'], {
        input: text,
        encoding: 'utf8',
      });
      return status === 0 ? stdout : undefined;
    };
    await fc.assert(
      fc.asyncProperty(generated, async each => {
        const files = { ...each.files };
        const text = formatted(files[each.path]);
        fc.pre(text !== undefined);
        files[each.path] = text!;
        const status = async (bytes: Uint8Array) =>
          formatted(new TextDecoder().decode(bytes)) ===
          new TextDecoder().decode(bytes)
            ? ('formatted' as const)
            : ('unformatted' as const);
        const result = await run({ ...each, files }, status);
        planned(result);
      }),
      { numRuns: 15 },
    );
  },
  240_000,
);
