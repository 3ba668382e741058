/** Where the tabs of an entity lie under its page; links between the screens rely on them. */
export const ENTITY_PATHS = {
  cost: '/finops-cost',
  anomalies: '/finops-anomalies',
  recommendations: '/finops-recommendations',
} as const;

/** Where the cost review of a team lies. */
export const TEAM_PATH = '/finops';

/** Where the policies lie. */
export const POLICIES_PATH = '/finops-policies';

/** Where changes that go out in waves lie. */
export const WAVES_PATH = '/finops-waves';

/** Where governance lies. */
export const GOVERNANCE_PATH = '/finops-governance';
