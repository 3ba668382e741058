import { parseAllDocuments } from 'yaml';
import { loadPolicies } from './loadPolicies';
import { packFiles, POLICY_PACKS } from './packFiles';
import { runPolicyTests } from './runPolicyTests';

function objects(text: string) {
  return parseAllDocuments(text).map(document => document.toJS());
}

describe.each(POLICY_PACKS)('the pack %s', pack => {
  const files = packFiles(pack);
  const documents = files.flatMap(({ text }) => objects(text));
  const { policies, failed } = loadPolicies(files);

  it('loads', () => {
    expect(failed).toEqual([]);
    expect(policies.length).toBeGreaterThan(0);
  });

  it('passes its tests', () => {
    const results = runPolicyTests(files);
    expect(results.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  });

  it.each(policies.map(({ name }) => name))(
    'tests %s both ways, describes it and says which control it is',
    name => {
      const outcomes = documents
        .filter(({ kind }) => kind === 'PolicyTest')
        .flatMap(({ spec }) => spec.cases)
        .flatMap((each: any) => each.expect)
        .filter(({ policy }: any) => policy === name)
        .map(({ outcome }: any) => outcome === 'allow');
      expect(outcomes).toContain(true);
      expect(outcomes).toContain(false);
      const { metadata } = documents.find(
        each => each.metadata.name === name && each.kind.endsWith('Policy'),
      );
      expect(metadata.annotations).toMatchObject({
        'finops.apexlogic.com/control': expect.stringMatching(/\w{3}/),
      });
      expect(policies.find(each => each.name === name)?.description).toMatch(
        ['gdpr', 'ccpa', 'hipaa'].includes(pack)
          ? /Not legal advice\.$/
          : /\.$/,
      );
    },
  );
});

it('may be loaded together, no name twice', () => {
  expect(loadPolicies(POLICY_PACKS.flatMap(packFiles)).failed).toEqual([]);
});
