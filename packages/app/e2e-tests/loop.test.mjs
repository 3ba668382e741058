// The main job in a real browser, against the portal as `npm start` runs it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { findChromium, startBrowser, startPortal } from './portal.mjs';

const TIMEOUT_MS = 300_000;
const WAIT_MS = 60_000;
const missing = findChromium() ? undefined : 'Chromium is not installed';
if (missing && process.env.FINOPS_REQUIRE_SERVICES) {
  throw new Error(`${missing}, and FINOPS_REQUIRE_SERVICES is set`);
}
const options = { skip: missing, timeout: TIMEOUT_MS };

let portal;
let chromium;
let page;
let consoleErrors;

before(
  async () => {
    if (missing) return;
    portal = await startPortal();
    chromium = await startBrowser();
    page = await signIn({ viewport: { width: 1440, height: 1000 } });
  },
  { timeout: TIMEOUT_MS },
);

after(async () => {
  await chromium?.stop();
  await portal?.stop();
});

async function signIn(contextOptions, button = 'Enter') {
  const context = await chromium.browser.newContext({
    reducedMotion: 'reduce',
    ...contextOptions,
  });
  const fresh = await context.newPage();
  fresh.setDefaultTimeout(WAIT_MS);
  consoleErrors = [];
  fresh.on(
    'console',
    message => message.type() === 'error' && consoleErrors.push(message.text()),
  );
  fresh.on('pageerror', error => consoleErrors.push(String(error)));
  await fresh.goto(portal.url);
  const enter = fresh.getByRole('button', { name: button });
  const catalog = fresh.getByRole('link', { name: 'my-web-app' }).first();
  await enter.or(catalog).first().waitFor();
  if (await enter.isVisible()) await enter.click();
  await catalog.waitFor();
  return fresh;
}

const entity = (name, tab) =>
  `${portal.url}/catalog/default/component/${name}${
    tab ? `/finops-${tab}` : ''
  }`;

/** Violations inside our own content; the portal's frame is Backstage's. */
async function violations(target, selector) {
  const { violations: found } = await new AxeBuilder({ page: target })
    .include(selector)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  return found.map(
    one =>
      `${one.id}: ${one.nodes
        .map(node => node.html.slice(0, 160))
        .join(' | ')}`,
  );
}

/** The first analysis may still run when the portal is ready; the screens say so, and we wait as a person would. */
async function openWhenAnalysed(url, locator) {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    await page.goto(url);
    try {
      await locator().first().waitFor({ timeout: 8_000 });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

test(
  'a guest sees what a service costs, with period, currency, freshness and coverage',
  options,
  async () => {
    await openWhenAnalysed(entity('my-web-app', 'cost'), () =>
      page.getByText(/my-web-app cost \$[\d.,]+k? in 30 days/),
    );
    await page
      .getByText(/\(UTC days\) · USD · explains \d+ % of spend · as of/)
      .first()
      .waitFor();
    await page.getByRole('table').first().waitFor();
    assert.deepEqual(await violations(page, 'main'), []);
    await page.getByRole('button', { name: '7 days' }).click();
    await page.getByText(/my-web-app cost \$[\d.,]+k? in 7 days/).waitFor();
    assert.match(page.url(), /days=7|period=7/, 'the address holds the period');
    await page.goBack();
    await page.getByText(/my-web-app cost \$[\d.,]+k? in 30 days/).waitFor();
  },
);

test(
  'sees the anomaly that a deployment started, and since when',
  options,
  async () => {
    await openWhenAnalysed(entity('search', 'anomalies'), () =>
      page.getByRole('button', { name: /Latency.*above what was expected/ }),
    );
    await page
      .getByText(/still going on/)
      .first()
      .waitFor();
    assert.deepEqual(await violations(page, 'main'), []);
  },
);

test(
  'opens the diff of a recommendation and finds exactly that on the forge',
  options,
  async () => {
    await openWhenAnalysed(entity('my-web-app', 'recommendations'), () =>
      page.getByText('Scale from 3 to 2 replicas'),
    );
    const row = page
      .getByRole('button', { name: /Scale from 3 to 2 replicas/ })
      .first();
    await row.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: /Preview the change/ }).click();
    const diff = drawer.getByRole('region', {
      name: /Change of .*deployment\.yaml/,
    });
    await diff.waitFor();
    // The signs are drawn by the stylesheet.
    const preview = [
      ...(await diff.locator('.diff-code-delete').allInnerTexts()).map(
        text => `-${text}`,
      ),
      ...(await diff.locator('.diff-code-insert').allInnerTexts()).map(
        text => `+${text}`,
      ),
    ];
    assert.deepEqual(await violations(page, '[role="dialog"]'), []);

    await drawer.getByRole('button', { name: 'Open pull request' }).click();
    await page.getByRole('button', { name: 'Open it' }).click();
    const link = drawer
      .getByRole('link', { name: /Pull request #\d+/ })
      .first();
    await link.waitFor();
    const forge = await page.context().newPage();
    await forge.goto(await link.getAttribute('href'));
    await forge
      .getByRole('heading', { name: /Scale from 3 to 2 replicas/ })
      .waitFor();
    assert.deepEqual(await violations(forge, 'body'), []);

    const lines = (await forge.locator('pre').last().innerText()).split('\n');
    const added = lines.filter(line => line.startsWith('+'));
    const removed = lines.filter(line => line.startsWith('-'));
    assert.equal(removed.length, 1);
    assert.match(removed[0], /^-\s+replicas: 3\b/);
    assert.equal(added.length, 4);
    const squeezed = text => text.replace(/\s+/g, ' ').trim();
    assert.deepEqual(
      [...removed, ...added].map(squeezed).sort(),
      preview.map(squeezed).sort(),
    );
    assert.match(added.join('\n'), /^\+\s+replicas: 2\b/m);
    assert.match(
      added.join('\n'),
      /ai\.apexlogic\.com\/optimisation-reason: .*CPU.*over 7 days/,
    );
    assert.match(
      added.join('\n'),
      /ai\.apexlogic\.com\/proposed-by-model: "?CostOptimizer-v\d+\.\d+\.\d+"?$/m,
    );
    assert.match(
      added.join('\n'),
      /ai\.apexlogic\.com\/review-priority: "?medium"?$/m,
    );
    await forge.getByText('Merging is blocked').waitFor();
    await forge.close();

    await page.reload();
    await page
      .getByRole('dialog')
      .getByText('Pull request open')
      .first()
      .waitFor();
    assert.deepEqual(consoleErrors, []);
  },
);

test(
  'somebody else approves it, merges it, and the portal sees that',
  options,
  async () => {
    const guest = page;
    const address = guest.url();
    await guest
      .getByRole('dialog')
      .getByText('You asked for this change; somebody else must approve it.')
      .first()
      .waitFor();
    const reviewer = await signIn(
      { viewport: { width: 1440, height: 1000 } },
      'Sign In',
    );
    await reviewer.goto(address);
    const drawer = reviewer.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Approve', exact: true }).click();
    await reviewer.getByRole('button', { name: 'Approve it' }).click();
    await drawer.getByText('Approved').first().waitFor();
    const forge = await reviewer.context().newPage();
    await forge.goto(
      await drawer
        .getByRole('link', { name: /Pull request #\d+/ })
        .first()
        .getAttribute('href'),
    );
    await forge.getByRole('button', { name: 'Merge pull request' }).click();
    await forge.getByText('Merged').first().waitFor();
    await reviewer
      .getByRole('dialog')
      .getByRole('list', { name: 'The way of this change' })
      .waitFor();
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      await reviewer.goto(address);
      const merged = reviewer
        .getByRole('dialog')
        .getByRole('listitem')
        .filter({ hasText: /^Merged.*\d/ });
      try {
        await merged.first().waitFor({ timeout: 6_000 });
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
    await reviewer.context().close();
  },
);

test(
  'sees what the own teams spend, on a phone in the dark too',
  options,
  async () => {
    await openWhenAnalysed(`${portal.url}/finops`, () =>
      page.getByRole('heading', { name: /What changed/ }),
    );
    assert.deepEqual(await violations(page, 'article'), []);
    page = await signIn({
      viewport: { width: 360, height: 740 },
      colorScheme: 'dark',
    });
    for (const url of [
      `${portal.url}/finops`,
      entity('my-web-app', 'cost'),
      entity('my-web-app', 'recommendations'),
    ]) {
      await page.goto(url);
      await page
        .getByText(/\(UTC days\)/)
        .first()
        .waitFor();
      const own = url.endsWith('/finops') ? 'article' : 'main';
      // Our panels; the row of tabs above them is Backstage's.
      const overflow = await page.evaluate(() =>
        Math.max(
          ...[...document.querySelectorAll('section')].map(
            panel => panel.getBoundingClientRect().right - window.innerWidth,
          ),
        ),
      );
      assert.ok(
        overflow <= 0,
        `${url} is ${overflow} px wider than the screen`,
      );
      assert.deepEqual(await violations(page, own), []);
    }
    assert.deepEqual(consoleErrors, []);
  },
);

test('an entity without annotations says what to add', options, async () => {
  await page.goto(entity('gift-cards', 'cost'));
  await page.getByText('backstage.io/kubernetes-id').first().waitFor();
  await page.getByRole('button', { name: /Copy/ }).first().waitFor();
  assert.deepEqual(await violations(page, 'main'), []);
});

test('who is not signed in gets nothing', options, async () => {
  for (const path of [
    'finops/team-review',
    'finops/policies',
    'finops/entities/component/default/my-web-app/costs',
  ]) {
    const response = await fetch(`${portal.url}/api/${path}`);
    assert.equal(response.status, 401, path);
  }
});
