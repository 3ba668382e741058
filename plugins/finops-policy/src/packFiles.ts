import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PolicyFile } from './types';

const FOLDER = join(dirname(require.resolve('../package.json')), 'packs');

/** Name of a pack. @public */
export type PolicyPack =
  | 'ai'
  | 'ccpa'
  | 'cost'
  | 'gdpr'
  | 'hipaa'
  | 'reliability'
  | 'security';

/** The packs that come with this package, by name. @public */
export const POLICY_PACKS: readonly PolicyPack[] = [
  'ai',
  'ccpa',
  'cost',
  'gdpr',
  'hipaa',
  'reliability',
  'security',
];

/**
 * The files of a pack, tests included, for {@link loadPolicies} and {@link runPolicyTests}. The packs about
 * laws check what a manifest shows; they are no legal advice.
 *
 * @public
 */
export function packFiles(pack: PolicyPack): readonly PolicyFile[] {
  return readdirSync(join(FOLDER, pack))
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .map(name => ({
      path: `packs/${pack}/${name}`,
      text: readFileSync(join(FOLDER, pack, name), 'utf8'),
    }));
}
