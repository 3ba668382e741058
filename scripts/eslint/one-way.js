// The house's one-way dependencies (docs/architecture.md) as lint rules.
const { basename, join } = require('node:path');
const factory = require('@backstage/cli/config/eslint-factory');

const SCOPE = '@apexlogic/backstage-plugin-';
const PURE = ['finops-analysis', 'finops-manifests', 'finops-policy'];

/** Which packages of ours a package may import; whatever is not listed is an error. */
function allowedFor(name) {
  if (name === 'finops-common') return [];
  if (PURE.includes(name) || name === 'finops' || name === 'finops-node')
    return ['finops-common'];
  if (name === 'finops-backend')
    return ['finops-common', 'finops-node', ...PURE];
  if (name.startsWith('finops-backend-module-'))
    return ['finops-common', 'finops-node', ...PURE];
  if (name.endsWith('-backend-module-finops'))
    return ['finops-common', 'finops-node'];
  if (name === 'app') return ['finops'];
  if (name === 'bench')
    // The pipeline suite measures the loop's own stores and what a source asks.
    return [
      'finops-common',
      'finops-backend',
      'finops-backend-module-prometheus',
      ...PURE,
    ];
  return undefined;
}

const OURS = [
  'finops',
  'finops-common',
  'finops-node',
  'finops-backend',
  ...PURE,
  ...['prometheus', 'opencost', 'kubernetes', 'git', 'github', 'demo'].map(
    id => `finops-backend-module-${id}`,
  ),
  'scaffolder-backend-module-finops',
];

// The order in which data flows through finops-backend; a stage may use earlier ones, never later ones.
const STAGES = [
  'ingestion',
  'analysis',
  'decision',
  'governance',
  'delivery',
  'check',
  'rollout',
  'feedback',
  'review',
];
const ABOVE_STAGES = ['jobs', 'service', 'plugin.ts'];

function importsOf(name) {
  return [`${SCOPE}${name}`, `${SCOPE}${name}/*`];
}

function stageZones(dir) {
  const src = join(dir, 'src');
  const zones = STAGES.map((stage, index) => ({
    target: join(src, stage),
    from: [...STAGES.slice(index + 1), ...ABOVE_STAGES].map(later =>
      join(src, later),
    ),
    message: `${stage}/ comes before it: data flows one way`,
  }));
  zones.push({
    target: join(src, 'database'),
    from: [...STAGES, ...ABOVE_STAGES].map(stage => join(src, stage)),
    message: 'stores know rows, not stages',
  });
  return zones;
}

/**
 * The factory lifts import patterns from tests and their helpers; this puts the direction back, except
 * that modules may test against the demo's doubles of the outside systems.
 */
function restrictTests(config, name, forbidden) {
  const isModule = name.startsWith('finops-backend-module-');
  const patterns = forbidden
    .filter(other => !(isModule && other === 'finops-backend-module-demo'))
    .flatMap(importsOf);
  const tests = config.overrides.find(({ files }) =>
    files.includes('**/__testUtils__/**'),
  );
  const [severity, options] = tests.rules['no-restricted-imports'];
  tests.rules['no-restricted-imports'] = [severity, { ...options, patterns }];
}

module.exports = function oneWay(dir) {
  const name = basename(dir);
  const allowed = allowedFor(name);
  const forbidden = allowed
    ? OURS.filter(other => other !== name && !allowed.includes(other))
    : [];
  const pure = PURE.includes(name);
  const restrictedImportPatterns = [
    ...forbidden.flatMap(importsOf),
    ...(pure ? ['@backstage/*', `${SCOPE}finops-common/*`] : []),
  ];
  const config = factory(dir, {
    restrictedImportPatterns,
    rules: {
      // openapi-fetch names its methods after HTTP's.
      'new-cap': [
        'error',
        {
          capIsNew: false,
          capIsNewExceptions: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'],
        },
      ],
      ...(name === 'finops-backend'
        ? {
            'import/no-restricted-paths': ['error', { zones: stageZones(dir) }],
          }
        : {}),
    },
    // Property tests expect inside conditions by nature.
    testRules: { 'jest/no-conditional-expect': 'off' },
  });
  restrictTests(config, name, forbidden);
  if (name === 'app') {
    // The browser test runs in Node, outside the bundle.
    config.overrides = [
      ...(config.overrides ?? []),
      { files: ['e2e-tests/**'], rules: { 'no-restricted-imports': 'off' } },
    ];
  }
  if (name === 'finops-common') {
    config.overrides = [
      ...(config.overrides ?? []),
      {
        files: ['src/*.ts'],
        excludedFiles: ['src/permissions.ts', 'src/*.test.ts'],
        rules: {
          'no-restricted-imports': [
            'error',
            {
              patterns: [
                '@backstage/*',
                './permissions',
                './client',
                './client/*',
              ],
            },
          ],
        },
      },
    ];
  }
  return config;
};
