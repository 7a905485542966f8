import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Solver } from '../src/explore/page/play/solve.js';
import { usedNumber } from '../src/explore/page/number-field.js';
import type { Settings } from '../src/explore/page/play/play.js';
import { linkOf, stateOf, usualState, withSetting } from '../src/explore/page/play/state.js';
import { plays } from '../src/explore/page/play/table.js';
import { dag, dtw, smoothMax } from '../src/index.js';
import { seriousFaults } from './axe-faults.js';
import { chromiumPath, inChromium } from './chromium.js';
import { explorePage, type ExplorePage } from './explore-page.js';
import { temporaryFolder } from './temporary-folder.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const folder = temporaryFolder('explore-page');

describe('a link of the playground', () => {
  it('holds the whole state of every program', () => {
    for (const play of plays) {
      const before = {
        ...usualState(play),
        ...{ omegas: ['entmax15', 'hard'] as const, gamma: 0.25, cell: 1, k: 3 },
        edits: new Map([[2, -0.5]]),
      };
      const [, name, query] = /^#\/play\/(.*)\?(.*)$/.exec(linkOf(before))!;
      expect(stateOf(name!, new URLSearchParams(query))).toEqual({ state: before, wrong: [] });
    }
  });

  it('that is damaged is an ordinary state, and says what was wrong', () => {
    const words = (query: string) => stateOf('chain', new URLSearchParams(query));
    expect(stateOf('nothing', new URLSearchParams()).wrong).toEqual([
      "there is no program 'nothing'",
    ]);
    for (const query of [
      ...['gamma=0', 'gamma=NaN', 'gamma=', 'a=l3', 'k=1000', 'cell=-1', 'cell=48', 'cell=1.5'],
      ...['theta=1', 'theta=99:1', 'theta=1:x', 'theta=1:', 'theta=:1', 'theta=1:1e39', 'cell='],
      ...['set.states=1e9', 'set.positions=-3', 'set.seed=x'],
    ]) {
      expect(words(query), query).toEqual({
        state: usualState(plays[1]!),
        wrong: [expect.stringContaining(`'${query.split('=')[0]!}' cannot be`)],
      });
    }
    expect(words('gama=3')).toEqual({
      ...{ state: usualState(plays[1]!), wrong: ["there is no 'gama'"] },
    });
    const long = `set.x=${'1 '.repeat(2000)}`;
    expect(stateOf('dtw', new URLSearchParams(long)).wrong).toHaveLength(1);
    expect(stateOf('dag', new URLSearchParams('set.edges=a')).wrong).toHaveLength(1);
    // Two numbers or four; what follows is three and two.
    expect(stateOf('dtw', new URLSearchParams('set.x=0,5 1,5')).wrong).toHaveLength(1);
    expect(stateOf('dtw', new URLSearchParams('set.x=1, 2, 3&set.y=4,5')).wrong).toEqual([]);
  });
});

describe('a change of a setting', () => {
  const edited = (name: string) => ({
    ...usualState(plays.find((play) => play.name === name)!),
    ...{ edits: new Map([[2, -0.5]]), cell: 1, k: 3 },
  });

  it('leaves what was done to θ where it does not touch θ', () => {
    expect(withSetting(edited('chain'), 'stay', 2)).toMatchObject({
      ...{ settings: { stay: 2 }, edits: new Map([[2, -0.5]]), cell: 1, k: 3 },
    });
    expect(withSetting(edited('chain'), 'seed', 2)).toMatchObject({ edits: new Map(), cell: 1 });
    expect(withSetting(edited('chain'), 'states', 3)).toMatchObject({ edits: new Map(), k: 3 });
  });

  it('shows the number that is used, or none', () => {
    const range = { least: 0.01, most: 100 };
    expect(['0', '-3', '', '1e7', 'x'].map((text) => usedNumber(text, range))).toEqual([
      ...[undefined, undefined, undefined, undefined, undefined],
    ]);
    expect(usedNumber('0.123456789', range)).toBe(0.123457);
    expect(usedNumber('12.4', { ...range, step: 1 })).toBe(12);
  });
});

describe('what is wrong with a problem', () => {
  const opened = (name: string, settings: Settings) => () =>
    plays.find((play) => play.name === name)!.open(settings, { omega: 'l2', gamma: 1 });

  it.each([
    ['a b 1\nb c 1\nc b 1', 'the edges go round: b → c → b'],
    ['a a 1', 'the edges go round: a → a'],
    ['a c 1\nb c 1', 'expected one root, into which no edge leads: a, b are such nodes'],
    ['a b 1\na c 1', 'expected one leaf, which no edge leaves: b, c are such nodes'],
  ])('of the edges %j is said in the names of nodes', (edges, problem) => {
    expect(opened('dag', { edges })).toThrow(problem);
  });

  it('of too few frames is said in letters and frames', () => {
    expect(opened('ctc', { labels: 'a–b', frames: 9, seed: 1 })).toThrow(/– cannot be a letter/);
    expect(opened('ctc', { labels: 'hello', frames: 5, seed: 1 })).toThrow(
      'these letters take at least 6 frames',
    );
  });
});

describe.skipIf(chromiumPath === undefined)(inChromium('the page of explore'), () => {
  let explore: ExplorePage;
  let page: Page;

  beforeAll(async () => {
    explore = await explorePage(folder);
    ({ page } = explore);
  });

  afterAll(async () => {
    await explore?.close();
  });

  const panel = (side: number) => page.locator(`[data-side="${side}"]`);
  const figure = async (side: number, name: string) =>
    Number(await panel(side).locator(`[data-figure="${name}"]`).getAttribute('data-value'));

  /** Opens a link, and waits until all is computed. */
  async function open(hash: string): Promise<void> {
    await page.goto('about:blank');
    await page.goto(explore.url + hash);
    await computed();
  }

  async function computed(): Promise<void> {
    await page.waitForTimeout(200);
    await panel(1).locator('[data-figure="directional"][data-value]').waitFor();
    await panel(1).locator('[data-figure="difference"][data-value]').waitFor();
  }

  it.each(plays.map((play) => ({ play, name: play.name })))(
    'computes $name with the numbers of the library in Node',
    async ({ play }) => {
      const state = { ...usualState(play), gamma: 0.5, omegas: ['entmax15', 'l2'] as const };
      await open(linkOf(state));
      const solver = new Solver(state);
      for (const [side, omega] of state.omegas.entries()) {
        const frame = solver.frame(omega, 0.5);
        const details = solver.details(omega, 0.5, state.cell, 5);
        expect(await figure(side, 'value')).toBeCloseTo(frame.value, 3);
        expect(await figure(side, 'cells above 0')).toBe(frame.support);
        expect(await figure(side, 'directional')).toBeCloseTo(details.directional, 4);
        expect(frame.value - (await figure(side, 'difference'))).toBeCloseTo(details.hard, 3);
        const shown = await panel(side)
          .locator('.paths')
          .first()
          .locator('[data-probability]')
          .all();
        const probabilities = await Promise.all(
          shown.map(async (one) => Number(await one.getAttribute('data-probability'))),
        );
        expect(probabilities).toHaveLength(details.best.length);
        details.best.forEach(({ probability }, rank) => {
          expect(probabilities[rank]).toBeCloseTo(probability, 4);
        });
      }
    },
  );

  it('shows what the library says of the same θ, called directly', async () => {
    const smooth = { omega: 'l2', gamma: 2 } as const;
    await open('#/play/simplex?b=l2&gamma=2&theta=0:1,1:0.5,2:-3');
    const { value, argmax } = smoothMax(Float64Array.of(1, 0.5, -3), smooth);
    expect(await figure(1, 'value')).toBeCloseTo(value, 5);
    await panel(1).getByText('Expected path, as a table').click();
    const cells = await panel(1).locator('tbody td').allTextContents();
    expect(cells).toEqual(Array.from(argmax, (share) => share.toFixed(3)));

    await open('#/play/dtw?b=l2&gamma=2&set.x=0+1+3&set.y=0+2');
    const costs = Float64Array.of(0, 4, 1, 1, 9, 1);
    const warping = dtw({ batch: 1, rows: 3, cols: 2, ...smooth }).value(costs);
    expect(await figure(1, 'value')).toBeCloseTo(warping[0]!, 5);

    await open(`#/play/dag?b=l2&gamma=2&set.edges=${encodeURIComponent('a b 1\nb c 0.5\na c 2')}`);
    const graph = dag({ nodes: 3, edges: [[0, 1], [1, 2], [0, 2]], ...smooth }); // oxfmt-ignore
    expect(await figure(1, 'value')).toBeCloseTo(graph.value(Float64Array.of(1, 0.5, 2))[0]!, 5);
  });

  it('is used by mouse: γ, a cell of θ, a direction, a path, another program', async () => {
    await open('#/play/chain');
    const before = await figure(0, 'value');
    const slider = (await page.locator('input[type="range"]').boundingBox())!;
    await page.mouse.move(slider.x + slider.width / 2, slider.y + slider.height / 2);
    await page.mouse.down();
    await page.mouse.move(slider.x + slider.width * 0.75, slider.y + slider.height / 2, {
      steps: 9,
    });
    await page.mouse.up();
    await computed();
    expect(await figure(0, 'value')).toBeGreaterThan(before);
    const theta = page.getByRole('application', { name: 'θ' });
    await theta.scrollIntoViewIfNeeded();
    const map = (await theta.boundingBox())!;
    await page.mouse.move(map.x + 5, map.y + 5);
    await page.mouse.down();
    await page.mouse.move(map.x + 5, map.y - 75, { steps: 5 });
    // What takes the pointer away, as a gesture of a telephone does, ends the drag.
    await theta.evaluate((map) => map.releasePointerCapture(1));
    await page.mouse.move(map.x + 5, map.y - 155, { steps: 5 });
    await page.mouse.move(map.x + 5, map.y + 5, { steps: 5 });
    await page.mouse.up();
    await computed();
    // −1.83, dragged up by ten times eight pixels.
    expect(page.url()).toContain('cell=0&theta=0%3A-0.83');
    await panel(1).locator('.paths button').first().click();
    expect(await panel(1).locator('rect.mark').count()).toBe(12);
    // The path of another problem marks nothing.
    await page.getByLabel('score for staying').fill('2');
    await page.getByLabel('score for staying').blur();
    await computed();
    expect(await panel(1).locator('rect.mark').count()).toBe(0);
    expect(page.url()).toContain('theta=0%3A-0.83');
    await page.getByRole('combobox', { name: 'program' }).selectOption('ctc');
    await computed();
    expect(page.url()).toContain('#/play/ctc');
    await page.goBack();
    await computed();
    expect(page.url()).toContain('#/play/chain');
    expect(page.url()).toContain('theta=0%3A-0.83');
  });

  it('is used by keyboard alone', async () => {
    await open('#/play/chain?cell=0');
    await page.locator('input[type="range"]').focus();
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight');
    await computed();
    expect(new URL(page.url()).hash).toContain('gamma=1.122');
    const theta = page.getByRole('application', { name: 'θ' });
    await theta.focus();
    for (const key of ['ArrowDown', 'ArrowRight', '+', '+', '-']) await page.keyboard.press(key);
    await computed();
    expect(page.url()).toMatch(/cell=13&theta=13%3A0\.\d+/);
    // What a screen reader says with the map, and of these the cell again when another is chosen.
    const said = () =>
      theta.evaluate((map) =>
        map
          .getAttribute('aria-describedby')!
          .split(' ')
          .map((id) => document.getElementById(id)!)
          .map((part) => `${part.ariaLive ?? ''}: ${part.textContent}`),
      );
    await expect
      .poll(said)
      .toEqual([
        expect.stringMatching(/^polite: state B, position 2: score 0\.\d+\.$/),
        ': Arrow keys choose a cell; plus and minus change it.',
      ]);
    await page.keyboard.press('Tab');
    await expect.poll(said).toContainEqual(expect.stringMatching(/^off: state B/));
    expect(await page.title()).toBe('Playground – didyprog');
    // Everything that acts can be reached.
    const reached = new Set<string>();
    await page.locator('a.home').focus();
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(
          () =>
            document.activeElement!.tagName + (document.activeElement!.getAttribute('role') ?? ''),
        ),
      );
    }
    expect([...reached]).toEqual(
      expect.arrayContaining(['A', 'SELECT', 'INPUT', 'BUTTON', 'SUMMARY', 'DIVapplication']),
    );
  });

  it('says what cannot be, and goes on with what was', async () => {
    await open('#/play/dag');
    const edges = page.locator('textarea');
    await edges.fill('a b 1\nb a 1');
    await edges.blur();
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toContain('the edges go round: a → b → a');
    await edges.fill('a b one');
    await edges.blur();
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toContain("line 1 of the edges: expected 'from to score'");
    await edges.fill('<b>x</b> t 1\nt u 2');
    await edges.blur();
    await computed();
    expect(await page.locator('b:text("x")').count()).toBe(0);
    expect(await figure(0, 'value')).toBeCloseTo(3, 4);
  });

  it('reads a series from a file, also from the same file once it has changed', async () => {
    const series = page.locator('textarea').first();
    const file = join(folder, 'a 50% "ü" #1.csv');
    const devTools = await page.context().newCDPSession(page);
    // As the browser's own dialog does it, which reports no change of the same file.
    const choose = async (text: string) => {
      writeFileSync(file, text);
      const { root } = await devTools.send('DOM.getDocument', { depth: 0 });
      const { nodeId } = await devTools.send('DOM.querySelector', {
        ...{ nodeId: root.nodeId, selector: '.series input[type=file]' },
      });
      await devTools.send('DOM.setFileInputFiles', { nodeId, files: [file] });
    };
    const shown = () => expect.poll(() => series.inputValue(), { timeout: 20_000 });
    await open('#/play/dtw');
    await choose('x;y\n1;7\n2;8\n');
    await shown().toBe('1 2');
    await choose('x;y\n1;7\n5;8\n9;9\n');
    await shown().toBe('1 5 9');
    await choose('NaN\n1\n2\n');
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toEqual([`a 50% "ü" #1.csv: line 1: 'NaN' in the first cell is no number`]);
    // A link with another series ends what was said of the file.
    await page.evaluate(() => (location.hash = '#/play/dtw?set.x=3+4'));
    await shown().toBe('3 4');
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it.each([
    ['light', 1200],
    ['dark', 320],
  ] as const)(
    'has no serious fault for axe, and fits its width: %s, %i px',
    async (colorScheme, width) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      for (const name of ['dtw', 'dag']) {
        await open(`#/play/${name}`);
        expect(await seriousFaults(page), name).toEqual([]);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        expect(overflow, name).toBeLessThanOrEqual(0);
      }
      await page.setViewportSize({ width: 1200, height: 900 });
    },
  );

  it('has said no error, and asked nobody else', () => {
    expect(explore.problems).toEqual([]);
  });
});
