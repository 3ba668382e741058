import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addUp, tapResults } from './results.mjs';

test('adds up what the runners wrote, skipped tests by name', () => {
  const tap = [
    'TAP version 13',
    'ok 1 - opens',
    'ok 2 - scans # SKIP chromium is not installed',
    '# tests 3',
    '# pass 1',
    '# fail 1',
    '# cancelled 1',
    '# skipped 1',
  ].join('\n');
  const one = tapResults(tap);
  assert.deepEqual(one, {
    passed: 1,
    failed: 2,
    skipped: ['scans (chromium is not installed)'],
  });
  assert.deepEqual(addUp([one, { passed: 4, failed: 0, skipped: [] }]), {
    passed: 5,
    failed: 2,
    skipped: one.skipped,
  });
});
