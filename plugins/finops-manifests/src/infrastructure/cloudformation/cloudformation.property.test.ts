import fc from 'fast-check';
import { planChange } from '../../planChange';
import {
  filesAfter,
  RATIONALE,
  resourceTarget,
  snapshotOf,
} from '../../testUtils';

const text = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .map(value => value.replace(/['\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '_'));
const filler = fc.oneof(
  text.map(value => `'${value}'`),
  fc.constantFrom(
    '!Sub "${AWS::StackName}-x"',
    '!GetAtt Other.Arn',
    '{ Ref: Unknown }',
    '[1, two, {three: !Ref Unknown}]',
    '|\n        DBInstanceClass: db.r6g.xlarge\n        # text',
    'db.r6g.xlarge',
    '1.50',
  ),
);
const lines = fc.array(
  fc.oneof(
    filler.map(value => `      KEY: ${value}`),
    fc.constantFrom('', '      # DBInstanceClass: db.r6g.xlarge', '# left'),
  ),
  { maxLength: 5 },
);

const generated = fc
  .record({
    before: lines,
    after: lines,
    quote: fc.constantFrom('', '"', "'"),
    space: fc.constantFrom(' ', '   '),
    behind: fc.constantFrom('', ' # why: "not"'),
    eol: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\uFEFF'),
    isGiven: fc.boolean(),
  })
  .map(({ before, after, quote, space, behind, eol, mark, isGiven }) => {
    let count = 0;
    const value = `${quote}\u0000db.r6g.xlarge${quote}${behind}`;
    const body = [
      ...before,
      `      DBInstanceClass:${space}${isGiven ? '!Ref Class' : value}`,
      ...after,
    ].map(line => line.replace('KEY', () => `Key${count++}`));
    const whole = [
      'Resources:',
      '  Orders:',
      '    Type: AWS::RDS::DBInstance',
      '    Properties:',
      ...body,
      'Parameters:',
      '  Class:',
      '    Type: String',
      ...(isGiven ? [`    Default:${space}${value}`] : []),
      '',
    ].join('\n');
    return mark + whole.replaceAll('\n', eol);
  });

it('changes the one value of generated templates and adds one line', async () => {
  await fc.assert(
    fc.asyncProperty(generated, async template => {
      const files = { 'stack.yaml': template.replace('\u0000', '') };
      const result = await planChange(
        resourceTarget({
          kind: 'downgrade-database',
          resource: { system: 'cloudformation', address: 'Orders' },
          instanceClass: { from: 'db.r6g.xlarge', to: 'db.t4g.micro' },
        }),
        RATIONALE,
        snapshotOf(files),
      );
      expect(result).toMatchObject({ kind: 'planned' });
      const changed = await filesAfter(result, snapshotOf(files));
      const reason = /^ *# ai\.apexlogic\.com\/optimisation-reason[^\n]*\n/m;
      expect(changed['stack.yaml']).toMatch(reason);
      expect(changed['stack.yaml'].replace(reason, '')).toBe(
        template.replace('\u0000db.r6g.xlarge', 'db.t4g.micro'),
      );
    }),
    { numRuns: 300 },
  );
}, 60_000);
