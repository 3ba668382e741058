import fc from 'fast-check';
import { StoredApproval } from '../database/ApprovalStore';
import { tallyApprovals } from './tallyApprovals';

const PLAN = 'a'.repeat(64);
const NOW = '2026-11-20T12:00:00.000Z';
const HOUR = 3_600_000;

const people = ['user:default/a', 'user:default/b', 'user:default/c'];

const approvals: fc.Arbitrary<StoredApproval[]> = fc.array(
  fc.record({
    planHash: fc.constantFrom(PLAN, 'b'.repeat(64)),
    approver: fc.constantFrom(...people),
    at: fc
      .integer({ min: 0, max: 48 })
      .map(hours => new Date(Date.parse(NOW) - hours * HOUR).toISOString()),
    memberOf: fc.subarray(['group:default/x', 'group:default/y']),
    voidedAt: fc.constantFrom(undefined, undefined, NOW),
  }),
  { maxLength: 12 },
);

const context = fc.record({
  planHash: fc.constant(PLAN),
  requesters: fc.subarray(people),
  now: fc.constant(NOW),
  demand: fc.record({
    quorum: fc.integer({ min: 1, max: 3 }),
    expiresAfterMs: fc.constantFrom(undefined, HOUR, 24 * HOUR),
    from: fc.constantFrom(undefined, ['group:default/x'], [people[0]]),
  }),
});

describe('tallyApprovals', () => {
  it('counts distinct people, each for a reason anybody can check', () => {
    fc.assert(
      fc.property(approvals, context, (given, asked) => {
        const { approvers, needed, complete, expiresAt } = tallyApprovals(
          given,
          asked,
        );
        const { requesters, demand } = asked;
        const expected = people.filter(
          person =>
            !requesters.includes(person) &&
            given.some(
              one =>
                one.approver === person &&
                one.planHash === PLAN &&
                one.voidedAt === undefined &&
                (!demand.expiresAfterMs ||
                  Date.parse(NOW) - Date.parse(one.at) <
                    demand.expiresAfterMs) &&
                (!demand.from ||
                  [person, ...one.memberOf].some(ref =>
                    demand.from!.includes(ref),
                  )),
            ),
        );
        expect([...approvers].sort()).toEqual(expected);
        expect(needed).toBe(demand.quorum);
        expect(complete).toBe(expected.length >= demand.quorum);
        expect(expiresAt !== undefined).toBe(
          expected.length > 0 && demand.expiresAfterMs !== undefined,
        );
        if (expiresAt !== undefined) {
          expect(expiresAt > NOW).toBe(true);
        }
      }),
    );
  });
});
