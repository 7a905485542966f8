import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeWav16 } from '../src/data/readers/audio/wav.js';
// Built: the page holds a compiled script.
import { alignFile } from '../dist/experiments/align/file/file-command.js';
import { seriousFaults } from './axe-faults.js';
import { chromiumPath, inChromium, startChromium } from './chromium.js';
import { bar, barline, musicXml, note } from './music-xml.js';
import { temporaryFolder } from './temporary-folder.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = temporaryFolder('page');
const shots = process.env['DIDYPROG_SCREENSHOTS'];

const verovio: string = 'verovio/esm';
const installed = await import(verovio).then(
  () => true,
  () => false,
);

const melody: [step: string, octave: number, pitch: number][] = [
  ['C', 4, 60],
  ['D', 4, 62],
  ['E', 4, 64],
  ['F', 4, 65],
  ['G', 4, 67],
  ['A', 4, 69],
  ['B', 4, 71],
  ['C', 5, 72],
];
const beats = melody.map(([step, octave]) => note(step, octave, 1));
const evil = '&lt;/script&gt;&lt;script&gt;steal()&lt;/script&gt;';
/** Two bars, repeated. */
const score = musicXml(
  [
    bar(1, beats.slice(0, 4).join(''), { tempo: 120 }),
    bar(2, beats.slice(4).join(''), { after: barline('right', { repeat: true }) }),
  ],
  evil,
);
/** When each of the sixteen notes is played: slower than the score, after half a second. */
const onsets = Array.from({ length: 16 }, (_, n) => 0.5 + 0.6 * n);

function recording() {
  const sampleRate = 22_050;
  const samples = new Float64Array(Math.round(10.6 * sampleRate));
  onsets.forEach((onset, at) => {
    const hz = 440 * 2 ** ((melody[at % 8]![2] - 69) / 12);
    const first = Math.round(onset * sampleRate);
    for (let n = 0; n < 0.58 * sampleRate; n++) {
      const fade = Math.min(1, n / 100) * Math.exp((-3 * n) / sampleRate);
      for (let partial = 1; partial <= 6; partial++) {
        const phase = (2 * Math.PI * partial * hz * n) / sampleRate;
        samples[first + n]! += (0.2 / partial) * fade * Math.sin(phase);
      }
    }
  });
  return { sampleRate, samples };
}

/** Notes that are lit, as indices of the notes in the score. */
const litNotes = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.score .note')].flatMap((element, at) =>
      element.classList.contains('lit') ? [at] : [],
    ),
  );
const seek = (page: Page, seconds: number) =>
  page.evaluate(async (seconds) => {
    const audio = document.querySelector('audio')!;
    const there = new Promise((done) => audio.addEventListener('seeked', done, { once: true }));
    audio.currentTime = seconds;
    await there;
  }, seconds);
const now = (page: Page) => page.evaluate(() => document.querySelector('audio')!.currentTime);

describe.skipIf(chromiumPath === undefined || !installed)(
  inChromium('the page of an alignment'),
  () => {
    let browser: Browser;
    const html = join(folder, 'out', 'page.html');
    const faults: string[] = [];
    async function open(path: string, options = {}) {
      const page = await browser.newPage({ viewport: { width: 1100, height: 1000 }, ...options });
      page.on('console', (message) => {
        // The test itself reads the canvas back.
        if (!message.text().startsWith('Canvas2D:')) faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) faults.push(request.url());
      });
      await page.goto(pathToFileURL(path).href);
      return page;
    }
    beforeAll(async () => {
      mkdirSync(join(folder, 'in'));
      const wav = join(folder, 'in', 'a <b>&"loud".wav');
      writeFileSync(wav, encodeWav16(recording()));
      writeFileSync(join(folder, 'in', 'score.musicxml'), score);
      const log = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      const options = { out: join(folder, 'out'), write: ['csv', 'midi'], page: html };
      await alignFile(wav, join(folder, 'in', 'score.musicxml'), options);
      const [midi] = readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.mid'));
      await alignFile(wav, join(folder, 'out', midi!), {
        ...options,
        write: [],
        page: join(folder, 'roll.html'),
      });
      log.mockRestore();
      browser = await startChromium();
    });
    afterAll(async () => {
      await browser.close();
    });

    it('lights the notes that sound, by the clock, each time that a repeat plays them', async () => {
      const page = await open(html);
      expect(await page.title()).toBe('a <b>&"loud".wav');
      expect(await page.locator('.score > svg').count()).toBe(1);
      for (const at of [0, 3, 7, 8, 12, 15]) {
        await seek(page, onsets[at]! + 0.3);
        expect(await litNotes(page), `note ${at}`).toEqual([at % 8]);
      }
      await seek(page, 0.1);
      expect(await litNotes(page)).toEqual([]);
      expect(await page.locator('body > script:not([type])').count()).toBe(0);
      await page.close();
    });

    it('plays from a note that is clicked, and goes from event to event by keys', async () => {
      const page = await open(html);
      await page.locator('.score .note .notehead').nth(5).click({ force: true });
      await expect.poll(() => now(page)).toBeGreaterThan(onsets[5]! - 0.1);
      expect(await now(page)).toBeLessThan(onsets[5]! + 3);
      await page.evaluate(() => document.querySelector('audio')!.pause());
      await seek(page, onsets[2]! + 0.1);
      await page.focus('.score');
      await page.keyboard.press('ArrowRight');
      expect(Math.abs((await now(page)) - onsets[3]!)).toBeLessThan(0.1);
      await expect.poll(() => page.textContent('.player p')).toBe('bar 1, event 4 F4');
      await page.keyboard.press('ArrowLeft');
      expect(Math.abs((await now(page)) - onsets[2]!)).toBeLessThan(0.1);
      await page.keyboard.press(' ');
      await expect
        .poll(() => page.evaluate(() => document.querySelector('audio')!.paused))
        .toBe(false);
      // Paused, and played from a note and paused again before there is a sound: no error.
      await page.evaluate(async () => {
        const score = document.querySelector('div.score')!;
        const space = () => score.dispatchEvent(new KeyboardEvent('keydown', { key: ' ' }));
        space();
        score.querySelector('.note')!.dispatchEvent(new MouseEvent('click', { bubbles: true }));
        space();
        // A promise that nobody hears is told after that.
        await new Promise((done) => setTimeout(done, 50));
      });
      expect(await page.evaluate(() => document.querySelector('audio')!.paused)).toBe(true);
      await page.close();
    });

    it('draws the note of the metronome mark in the font that it holds', async () => {
      const page = await open(html);
      const fonts = await page.evaluate(async () => {
        await document.fonts.ready;
        return [...document.fonts].map(({ status }) => status);
      });
      expect(fonts).toEqual(['loaded']);
      await page.close();
    });

    it('shows the soft alignment around now, wider by γ', async () => {
      const page = await open(html);
      await seek(page, onsets[8]!);
      const inked = () =>
        page.evaluate(() => {
          const canvas = document.querySelector('canvas')!;
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, at) => at % 4 === 3 && value > 0).length;
        });
      const slider = page.locator('#gamma');
      await slider.focus();
      await page.keyboard.press('Home');
      expect(await page.textContent('output')).toBe('0.1');
      const sharp = await inked();
      await page.keyboard.press('End');
      expect(await page.textContent('output')).toBe('30');
      expect(await inked()).toBeGreaterThan(1.2 * sharp);
      const before = await now(page);
      const box = (await page.locator('canvas').boundingBox())!;
      await page.mouse.click(box.x + 0.75 * box.width, box.y + 20);
      expect((await now(page)) - before).toBeCloseTo(2, 1);
      await page.close();
    });

    it.each([
      ['light', { colorScheme: 'light' }],
      ['dark and narrow', { colorScheme: 'dark', viewport: { width: 390, height: 800 } }],
    ] as const)(
      '%s: nothing serious for axe, nothing wider than the page',
      async (name, options) => {
        for (const path of [html, join(folder, 'roll.html')]) {
          const page = await open(path, options);
          await seek(page, onsets[3]! + 0.2);
          expect(await litNotes(page)).toHaveLength(1);
          expect(await seriousFaults(page)).toEqual([]);
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          ).toBeLessThanOrEqual(0);
          if (shots) {
            const kind = path === html ? 'score' : 'roll';
            await page.screenshot({ path: join(shots, `${kind}-${name}.png`), fullPage: true });
          }
          // Nothing scrolls on paper.
          await page.emulateMedia({ media: 'print' });
          await page.setViewportSize({ width: 718, height: 100 });
          const heights = await page
            .locator('div.score')
            .evaluate((part) => [part.scrollHeight, part.clientHeight]);
          expect(heights[0]).toBe(heights[1]);
          await page.close();
        }
      },
    );

    it('fetches nothing, says nothing on the console, and runs its own script alone', () => {
      expect(faults).toEqual([]);
      const text = readFileSync(html, 'utf8');
      expect(text).toMatch(
        /Content-Security-Policy" content="default-src 'none'; script-src 'sha256-[^ ]+; style/,
      );
      expect(text).not.toContain('<script>steal()');
      expect(text.match(/<script/g)).toHaveLength(2);
    });
  },
);
