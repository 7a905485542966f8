import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { shortNumber } from '../src/explore/page/numbers.js';
import { htmlReport } from '../src/report/pages/html.js';
import { shortNames } from '../src/explore/page/recorded/charts.js';
import { scoresAt, sweepsOf, valuesOf } from '../src/explore/page/recorded/sweeps.js';
import { chromiumPath, inChromium } from './chromium.js';
import { explorePage, type ExplorePage } from './explore-page.js';
import { seriousFaults } from './axe-faults.js';
import { temporaryFolder } from './temporary-folder.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const folder = temporaryFolder('explore-runs');

interface Made {
  score?: number;
  omega?: string;
  losses?: readonly number[];
}

function makeRun(name: string, { score, omega = 'l2', losses = [3, 2] }: Made = {}): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'figures'), { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(path, file), text);
  write('config.yaml', `name: small\nomega: ${omega}\nmodel: { hidden: 5 }\n`);
  write('metrics.jsonl', losses.map((loss, at) => `{"epoch":${at + 1},"loss":${loss}}\n`).join(''));
  write('run.log', '2026-01-02T03:04:05.000Z started: didyprog train ner\n');
  if (score !== undefined) {
    write(
      'result.json',
      JSON.stringify({ score: { name: 'test F1', value: score, better: 'higher' } }),
    );
    const columns = Array.from({ length: 9 }, (_, at) => `column ${at}`);
    const tables = [{ columns, rows: [columns.map(() => '1.234 ± 0.567')] }];
    const section = { heading: 'h', paragraphs: ['the report'], tables, code: 'x'.repeat(300) };
    write('report.html', htmlReport({ title: 'a report', sections: [section] }));
    write(
      'figures/drawing.svg',
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>parent.hacked = 1</script></svg>',
    );
  }
  return path;
}

const longWord = 'Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselanhänger'.repeat(2);
const hostile = '<img src=x onerror="window.hacked=1">';
const arabic = 'تشغيل-أول';
makeRun('first', { score: 80, omega: 'negentropy', losses: [3, 2, 1] });
makeRun('second', { score: 82 });
makeRun(longWord);
makeRun(hostile);
makeRun(arabic);
for (const omega of ['l2', 'negentropy']) {
  for (const fold of [1, 2]) {
    makeRun(`sweep/cells/omega=${omega},fold=${fold}`, { score: 10 * fold + omega.length, omega });
  }
}
writeFileSync(join(makeRun('damaged'), 'config.yaml'), '{');

describe('a sweep', () => {
  const run = (name: string, value?: number) => ({
    ...{ name, kind: 'train ner', state: 'done' as const, started: undefined, updated: undefined },
    score: value === undefined ? undefined : { name: 'F1', value, better: 'higher' as const },
  });

  it('is read from the names of its cells, with means over what is left open', () => {
    const [sweep, ...others] = sweepsOf([
      ...[run('a/cells/g=10,s=1', 3), run('a/cells/g=10,s=2', 5), run('a/cells/g=2,s=1', 8)],
      ...[run('a/cells/g=2,s=2'), run('a/cells/odd', 1), run('other', 1)],
    ]);
    expect(others).toEqual([]);
    expect(sweep).toMatchObject({ name: 'a', keys: ['g', 's'], measure: 'F1' });
    expect(valuesOf(sweep!, 'g')).toEqual(['2', '10']);
    expect(scoresAt(sweep!, [['g', '10']])).toEqual({ cells: 2, scored: 2, mean: 4 });
    expect(scoresAt(sweep!, [['g', '2']])).toEqual({ cells: 2, scored: 1, mean: 8 });
  });

  it('takes values from configs where names are cut, and counts the cells of which nothing tells them', () => {
    const cut = (sum: string, omega: string) => ({
      ...run(`a/cells/model.hidden=50,omeg~${sum.repeat(10)}`, 1),
      values: { omega },
    });
    const [sweep] = sweepsOf([
      cut('0', 'l2'),
      cut('1', 'hard'),
      run(`a/cells/g=1~${'2'.repeat(10)}`),
    ]);
    expect(sweep).toMatchObject({ keys: ['omega'], untold: 1 });
    expect(valuesOf(sweep!, 'omega')).toEqual(['hard', 'l2']);
  });

  it('has names of its cells without what they share', () => {
    const names = ['s/cells/omega=l2,fold=1', 's/cells/omega=hard,fold=1'];
    expect([...shortNames(names).values()]).toEqual(['omega=l2', 'omega=hard']);
  });
});

describe('a number in the page', () => {
  it('is whole where it may be a count, and never has digits that are not its own', () => {
    expect([100_001, 1_234_567, 15_000_000, -3].map(shortNumber)).toEqual([
      ...['100001', '1234567', '15000000', '−3'],
    ]);
    expect([123_456.7, 0.0123456, 6e-8, NaN].map(shortNumber)).toEqual([
      ...['1.2346e5', '0.012346', '6e−8', 'NaN'],
    ]);
  });
});

describe.skipIf(chromiumPath === undefined)(inChromium('the runs in the page of explore'), () => {
  let explore: ExplorePage;
  let page: Page;

  beforeAll(async () => {
    explore = await explorePage(folder);
    ({ page } = explore);
  });

  afterAll(async () => {
    await explore?.close();
  });

  async function open(...runs: string[]): Promise<void> {
    const words = new URLSearchParams(runs.map((run) => ['run', run]));
    await page.goto('about:blank');
    await page.goto(`${explore.url}#/runs?${words.toString()}`);
    await page.getByRole('status').filter({ hasText: 'runs' }).waitFor();
  }

  /** The numbers of a chart's table. */
  async function lossesShown(): Promise<string[]> {
    const rows = await page.locator('.chart tbody tr').all();
    return Promise.all(rows.map(async (row) => (await row.locator('td').last().textContent())!));
  }

  it('are listed with state and score, found by words, and chosen by keys', async () => {
    await open();
    expect(await page.getByRole('status').textContent()).toBe('10 of 10 runs, 0 chosen');
    const row = page.getByRole('row', { name: /second/ });
    expect(await row.locator('td').allTextContents()).toEqual([
      ...['train ner', 'done', '82', 'test F1', '2026-01-02 03:04'],
    ]);
    expect(await page.getByText(/cannot be read: .*config\.yaml: not valid YAML/).count()).toBe(1);
    await page.getByRole('searchbox').fill('second DONE');
    expect(await page.getByRole('status').textContent()).toBe('1 of 10 runs, 0 chosen');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.getByRole('heading', { name: 'Curves' }).waitFor();
    expect(page.url()).toContain('#/runs?run=second');
  });

  it('are laid over each other, with the settings that differ and both results', async () => {
    await open('first', 'second');
    await page.locator('.chart').waitFor();
    await expect.poll(() => page.locator('.chart g[stroke="#d55e00"] path').count()).toBe(1);
    expect(await page.locator('.legend li').allTextContents()).toEqual(['first 1', 'second 2']);
    const differ = page.getByRole('region', { name: 'Settings that differ' });
    expect(await differ.locator('tbody tr').allTextContents()).toEqual(['omeganegentropyl2']);
    const results = page.getByRole('region', { name: 'Results' });
    expect(await results.locator('tbody').textContent()).toBe('score.value8082');
  });

  it('have a report and figures, in which nothing runs', async () => {
    await open('first');
    const link = page.getByRole('link', { name: 'Open its report' });
    await link.waitFor();
    await expect
      .poll(() =>
        page.locator('figure img').evaluate((image) => (image as HTMLImageElement).naturalWidth),
      )
      .toBe(9);
    const [report] = await Promise.all([page.waitForEvent('popup'), link.click()]);
    expect(await report.locator('p').textContent()).toBe('the report');
    // Nothing scrolls on paper: A4 has 718 pixels between its margins.
    await report.setViewportSize({ width: 718, height: 1000 });
    const cut = () =>
      report.evaluate(() =>
        [...document.querySelectorAll('.wide, pre')].flatMap((part) =>
          part.scrollWidth > part.clientWidth ? [part.tagName] : [],
        ),
      );
    expect(await cut()).toEqual(['DIV', 'PRE']);
    await report.emulateMedia({ media: 'print' });
    expect(await cut()).toEqual([]);
    await report.close();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
  });

  it('that train are followed; killed and resumed they are taken back', async () => {
    const metrics = join(makeRun('live', { losses: [3] }), 'metrics.jsonl');
    await open('live');
    await page.getByText('loss, as a table').click();
    await expect.poll(lossesShown).toEqual(['3']);
    appendFileSync(metrics, '{"epoch":2,"loss":2}\n{"epoch":3,"lo');
    await expect.poll(lossesShown, { timeout: 20_000 }).toEqual(['3', '2']);
    truncateSync(metrics, 21);
    appendFileSync(metrics, '{"epoch":2,"loss":1.5}\n');
    await expect.poll(lossesShown, { timeout: 20_000 }).toEqual(['3', '1.5']);
    // Watched to its end it shows what it came to.
    makeRun('live', { losses: [3, 1.5], score: 77 });
    const results = page.getByRole('region', { name: 'Results' });
    await expect
      .poll(() => results.locator('tbody').allTextContents(), { timeout: 20_000 })
      .toEqual(['score.value77']);
    expect(await page.locator('figure img').count()).toBe(1);
    // One that is gone can be left.
    rmSync(join(folder, 'live'), { recursive: true });
    const gone = page.getByRole('row', { name: /it is not there/ });
    await gone.waitFor({ timeout: 20_000 });
    await page.getByText('live: it is not there').waitFor({ timeout: 20_000 });
    await gone.getByRole('checkbox').uncheck();
    await expect.poll(() => page.url()).toMatch(/#\/runs$/);
  });

  it('are followed only where somebody looks: a browser has six connections for all its tabs', async () => {
    const metrics = join(makeRun('seen', { losses: [3] }), 'metrics.jsonl');
    await open('seen');
    await page.getByText('loss, as a table').click();
    await expect.poll(lossesShown, { timeout: 20_000 }).toEqual(['3']);
    const show = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    const ended = page.waitForEvent('requestfailed', (request) => request.url().includes('live?'));
    await show(true);
    expect((await ended).failure()?.errorText).toBe('net::ERR_ABORTED');
    appendFileSync(metrics, '{"epoch":2,"loss":2}\n');
    await show(false);
    await expect.poll(lossesShown, { timeout: 20_000 }).toEqual(['3', '2']);
    rmSync(join(folder, 'seen'), { recursive: true });
  });

  it('by the hundred in a link show the first of them', async () => {
    const many = Array.from({ length: 300 }, (_, at) => `${'a folder/'.repeat(8)}not there ${at}`);
    await open('first', ...many);
    await page.getByText('Of the first 20 of 301 chosen runs').waitFor();
    await expect.poll(() => page.locator('.legend li').count(), { timeout: 20_000 }).toBe(1);
  });

  it('with more results than one reads say where the rest is', async () => {
    const numbers = Object.fromEntries(Array.from({ length: 250 }, (_, at) => [`piece${at}`, at]));
    const path = makeRun('long', { score: 1 });
    writeFileSync(join(path, 'result.json'), JSON.stringify(numbers));
    await open('long');
    await page.getByText('The first 200; the rest are in result.json.').waitFor();
    const results = page.getByRole('region', { name: 'Results' });
    expect(await results.locator('tbody tr').count()).toBe(200);
    rmSync(path, { recursive: true });
  });

  it('of many epochs say which of them are in the table', async () => {
    const losses = Array.from({ length: 101 }, (_, at) => at + 1);
    const path = makeRun('many', { losses });
    await open('many');
    expect(await page.title()).toBe('Runs – didyprog');
    await page.getByText('loss, as a table').click();
    await page.getByText('The last 100 points of each curve').waitFor();
    expect((await lossesShown()).map(Number)).toEqual(losses.slice(1));
    await page.goto('about:blank');
    rmSync(path, { recursive: true });
  });

  it('of one epoch have the numbers that they have at their axes', async () => {
    const path = makeRun('begun', { losses: [1e-9] });
    await open('begun');
    const axes = page.locator('.chart figcaption + div svg').first();
    await expect.poll(() => axes.locator('text').allTextContents()).toContain('1e−9');
    expect(await axes.locator('text').allTextContents()).toContain('1');
    await page.goto('about:blank');
    rmSync(path, { recursive: true });
  });

  it('of a sweep are a table of two keys', async () => {
    await page.clock.install();
    await open();
    const table = page.getByRole('region', { name: 'Sweep sweep' });
    expect(await table.locator('tr').allTextContents()).toEqual([
      ...['omegafold = 1fold = 2', 'l21222', 'negentropy2030'],
    ]);
    await page.getByRole('combobox', { name: 'columns' }).selectOption('');
    expect(await table.locator('tr').allTextContents()).toEqual([
      ...['omegamean', 'l217 (2 of 2)', 'negentropy25 (2 of 2)'],
    ]);
    // A cell comes by which another key varies most: what was chosen stays.
    const path = makeRun('sweep/cells/omega=l2,fold=3', { score: 32 });
    const later = async () => {
      await page.clock.fastForward(5000);
      return table.textContent();
    };
    await expect.poll(later, { timeout: 20_000 }).toContain('l222 (3 of 3)');
    expect(await table.locator('tr').first().textContent()).toBe('omegamean');
    await page.goto('about:blank');
    rmSync(path, { recursive: true });
  });

  it.each([
    ['light', 1200],
    ['dark', 320],
  ] as const)(
    'with any name break nothing, and axe finds nothing serious: %s, %i px',
    async (colorScheme, width) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await open('first', hostile, longWord, arabic);
      await expect.poll(() => page.locator('.legend li').count()).toBe(4);
      await page.getByText('loss, as a table').click();
      expect(await seriousFaults(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(await page.evaluate('window.hacked')).toBeUndefined();
    },
  );

  it('have said no error', () => {
    expect(explore.problems).toEqual([]);
  });
});
