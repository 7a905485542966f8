import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { alignAudio, readOnsetModel, shippedOnsets } from '../src/alignment/index.js';
import { decodeMidiScore } from '../src/data/readers/scores/score-events.js';
import { decodeWav, encodeWav16 } from '../src/data/readers/audio/wav.js';
import { choraleMidi } from '../src/data/synthetic/chorale-midi.js';
import { syntheticChorales } from '../src/data/synthetic/chorales.js';
import { seriousFaults } from './axe-faults.js';
import { chromiumPath, inChromium } from './chromium.js';
import { explorePage, type ExplorePage } from './explore-page.js';
import { temporaryFolder } from './temporary-folder.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = temporaryFolder('explore-listen');

const [chorale] = syntheticChorales({ pieces: 1, seed: 5, events: 20, sampleRate: 44_100 });
const wav = Buffer.from(encodeWav16(chorale!));
const midi = Buffer.from(choraleMidi(chorale!.notes));
const recording = { name: 'chorale.wav', mimeType: 'audio/wav', buffer: wav };
const score = { name: 'chorale.mid', mimeType: 'audio/midi', buffer: midi };

describe.skipIf(chromiumPath === undefined)(
  inChromium('a recording in the page of explore'),
  () => {
    let explore: ExplorePage;
    let page: Page;

    beforeAll(async () => {
      explore = await explorePage(folder);
      ({ page } = explore);
      await page.goto(`${explore.url}#/runs`);
      await page.getByRole('link', { name: 'Listen' }).click();
    });

    afterAll(async () => {
      await explore?.close();
    });

    const field = (name: string) => page.getByLabel(new RegExp(`^${name}`));
    const align = () => page.getByRole('button', { name: 'Align', exact: true });
    const status = () => page.locator('p[role="status"]');
    const roll = () => page.getByRole('group', { name: 'The score' });
    const now = () =>
      page.locator('audio').evaluate((player: HTMLAudioElement) => player.currentTime);
    const isPaused = () =>
      page.locator('audio').evaluate((player: HTMLAudioElement) => player.paused);
    const column = async (rows: Locator, at: number) =>
      (await rows.locator(`td:nth-of-type(${at})`).allTextContents()).map(Number);

    it('says what is no recording, and what is no score', async () => {
      await field('recording').setInputFiles({ ...recording, buffer: Buffer.from('no music') });
      expect(await align().isDisabled()).toBe(true);
      await field('score').setInputFiles(score);
      await align().click();
      await expect
        .poll(() => page.getByRole('alert').textContent())
        .toMatch(/^chorale\.wav: this browser cannot decode it \(.+\): expected a recording/);
      await field('recording').setInputFiles(recording);
      const xml = '<?xml version="1.0"?><!DOCTYPE score-partwise><score-partwise/>';
      await field('score').setInputFiles({ ...score, buffer: Buffer.from(xml) });
      await align().click();
      await expect
        .poll(() => page.getByRole('alert').textContent())
        .toBe(
          'chorale.mid: not a standard MIDI file: it is a MusicXML score: export it as a standard ' +
            'MIDI file first, for instance from MuseScore. This page reads MIDI alone; didyprog ' +
            'align file reads other scores',
        );
    });

    it('with channels that cancel each other is refused, as is a file that has changed', async () => {
      // The same samples, and their opposites.
      const { sampleRate, samples } = chorale!;
      const data = Buffer.alloc(4 * samples.length);
      samples.forEach((value, n) => {
        data.writeInt16LE(Math.round(32_000 * value), 4 * n);
        data.writeInt16LE(-Math.round(32_000 * value), 4 * n + 2);
      });
      const header = Buffer.from(wav.subarray(0, 44));
      header.writeUInt32LE(36 + data.length, 4);
      header.writeUInt16LE(2, 22);
      header.writeUInt32LE(4 * sampleRate, 28);
      header.writeUInt16LE(4, 32);
      header.writeUInt32LE(data.length, 40);
      const file = join(folder, 'opposite.wav');
      writeFileSync(file, Buffer.concat([header, data]));
      const said = () => expect.poll(() => page.getByRole('alert').allTextContents());
      await field('recording').setInputFiles(file);
      await field('score').setInputFiles(score);
      await align().click();
      await said().toEqual([
        expect.stringMatching(/^opposite\.wav: its channels cancel each other/),
      ]);
      writeFileSync(file, wav);
      await align().click();
      await said().toEqual([
        expect.stringMatching(/^opposite\.wav: it cannot be read: if it has ch/),
      ]);
    });

    it('is dropped with its score, and the work is cancelled by a key', async () => {
      const dropped = await page.evaluateHandle(
        (files) => {
          const data = new DataTransfer();
          for (const { name, base64 } of files) {
            const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
            data.items.add(new File([bytes], name));
          }
          return data;
        },
        [score, recording].map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') })),
      );
      await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped });
      await align().focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Cancel' }).press('Enter');
      await expect.poll(() => status().textContent()).toBe('cancelled');
      expect(await align().isEnabled()).toBe(true);
      // What was cancelled says nothing later.
      await page.waitForTimeout(300);
      expect(await status().textContent()).toBe('cancelled');
      expect(page.workers()).toHaveLength(0);
    });

    it('is aligned as in Node: the same onsets and intervals', async () => {
      await align().click();
      const { events } = decodeMidiScore(midi, 'chorale.mid');
      const model = await readOnsetModel(shippedOnsets);
      const aligned = alignAudio(decodeWav(wav, 'chorale.wav'), events, model);
      await expect
        .poll(() => status().textContent(), { timeout: 60_000 })
        .toBe(`${events.length} onsets in chorale.wav`);
      await page.getByText('Onsets, as a table').click();
      const rows = page.locator('table tbody tr');
      // The table is drawn when it is asked for.
      await expect.poll(() => rows.count()).toBe(aligned.events.length);
      const [onsets, from, to] = [
        await column(rows, 1),
        await column(rows, 2),
        await column(rows, 3),
      ];
      expect(onsets).toHaveLength(aligned.events.length);
      aligned.events.forEach(({ onsetSeconds, interval }, j) => {
        expect(Math.abs(onsets[j]! - onsetSeconds)).toBeLessThan(0.002);
        expect(Math.abs(from[j]! - interval[0])).toBeLessThan(0.002);
        expect(Math.abs(to[j]! - interval[1])).toBeLessThan(0.002);
      });
      expect(await page.locator('.wrong').allTextContents()).toEqual(aligned.warnings);
    });

    it('is there again, with its files, when the view was left', async () => {
      const text = await status().textContent();
      // The playground writes its address a moment after it has come: not over that of a link followed meanwhile.
      const address = await page.evaluate(`(async () => {
        const shown = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
        location.hash = '#/play';
        await shown;
        history.replaceState(null, '', '#/listen');
        await new Promise((resolve) => setTimeout(resolve, 400));
        return location.hash;
      })()`);
      expect(address).toBe('#/listen');
      await page.locator('.drop').waitFor({ state: 'detached' });
      await page.evaluate("dispatchEvent(new HashChangeEvent('hashchange'))");
      await page.locator('.drop').waitFor();
      expect(await status().textContent()).toBe(text);
      const names = await page
        .locator('input[type=file]')
        .evaluateAll((inputs) =>
          inputs.map((input) => (input as HTMLInputElement).files?.[0]?.name),
        );
      expect(names).toEqual([recording.name, score.name]);
      await page.getByText('Onsets, as a table').click();
    });

    it('plays, by keys and by a click on a note, with the notes lit that sound', async () => {
      const rows = page.locator('table tbody tr');
      const onsets = await column(rows, 1);
      await roll().focus();
      const before = await now();
      for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowRight');
      const begun = onsets.filter((onset) => onset <= before).length;
      expect(await now()).toBeCloseTo(onsets[begun + 2]!, 2);
      const lit = await page.locator('.score .lit').count();
      expect(lit).toBeGreaterThan(0);
      expect(lit).toBeLessThanOrEqual(4);
      await page.keyboard.press('Space');
      await expect.poll(isPaused).toBe(false);
      await page.keyboard.press('Space');
      await expect.poll(isPaused).toBe(true);
      await page.locator('.score .note').first().click();
      await expect.poll(isPaused).toBe(false);
      expect(await now()).toBeLessThan(onsets[2]!);
      await page.keyboard.press('Space');
    });

    it('has no serious fault for axe, and fits a narrow screen', async () => {
      for (const width of [1200, 320]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await seriousFaults(page), `${width}`).toEqual([]);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        expect(overflow, `${width}`).toBeLessThanOrEqual(0);
      }
    });

    it('has said no error, and asked nobody else', () => {
      expect(explore.problems).toEqual([]);
    });
  },
);
