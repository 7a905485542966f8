import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { attentionSchema } from '../src/experiments/attention/config.js';
import { initialParameters } from '../src/experiments/attention/parameters.js';
import { loadTranslator } from '../src/experiments/attention/saved-translator.js';
import { convertTags } from '../src/data/readers/text/tag-scheme.js';
import { nerSchema, type NerConfig } from '../src/experiments/ner/config.js';
import { Lexicon } from '../src/experiments/ner/lexicon.js';
import { newModel } from '../src/experiments/ner/new-model.js';
import { loadTagger } from '../src/experiments/ner/saved-model.js';
import { tagSentences } from '../src/experiments/ner/tagging.js';
import { saveBestModel } from '../src/runner/checkpoint/best-model.js';
import { parseYaml, readTextFile } from '../src/read-file.js';
import { seriousFaults } from './axe-faults.js';
import { chromiumPath, inChromium } from './chromium.js';
import { explorePage, type ExplorePage } from './explore-page.js';
import { temporaryFolder } from './temporary-folder.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = temporaryFolder('explore-models');
const run = join(folder, 'tagger');

/** A tagger as a run leaves it, with random numbers: what it says is no less exact for that. */
async function makeTagger(path = run, settings: Partial<NerConfig> = {}): Promise<void> {
  const small = fileURLToPath(new URL('small-ner.yaml', import.meta.url));
  const usual = nerSchema.parse(parseYaml(await readTextFile(small), small));
  const config = { ...usual, ...settings };
  const vocabularies = {
    words: ['<unk>', 'Anna', 'wohnt', 'in', 'Rom'],
    characters: ['<unk>', ...'Anwohtirm'],
    tags: ['B-PER', 'E-PER', 'O', 'S-LOC'],
    zeroDigits: true,
  };
  const lexicon = Lexicon.fromJson(vocabularies);
  const model = newModel(config, lexicon, 8);
  mkdirSync(join(path, 'checkpoint'), { recursive: true });
  writeFileSync(join(path, 'config.yaml'), JSON.stringify(config));
  writeFileSync(join(path, 'run.log'), '');
  writeFileSync(
    join(path, 'lexicon.json'),
    JSON.stringify({ config, wordSize: 8, lexicon: vocabularies }),
  );
  const evaluation = { score: 1 };
  await saveBestModel(path, { json: { epoch: 1, evaluation }, arrays: model.parameters });
}

const attentions = ['softmax', 'crf-negentropy', 'crf-l2'] as const;

/** A translator as a run leaves it. */
async function makeTranslator(attention: (typeof attentions)[number]): Promise<string> {
  const synthetic = fileURLToPath(
    new URL('../configs/attention/synthetic-fr-en.yaml', import.meta.url),
  );
  const usual = attentionSchema.parse(parseYaml(await readTextFile(synthetic), synthetic));
  const model = { ...usual.model, attention, embedding: 5, encoder: 3, decoder: 4 };
  const config = { ...usual, model };
  const words = {
    source: ['<unk>', '<s>', '</s>', 'un', 'chat', 'dort', '.'],
    target: ['<unk>', '<s>', '</s>', 'a', 'cat', 'sleeps', '.'],
  };
  const arrays = initialParameters(model, { source: 7, target: 7 }, 3);
  // Far from uniform, so that what is attended to matters.
  for (const array of Object.values(arrays)) {
    array.forEach((value, at) => (array[at] = 3 * value + 0.3 * Math.sin(at)));
  }
  // So that it does not end at once.
  arrays['output/bias'][2] = -2;
  const path = join(folder, attention);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'config.yaml'), JSON.stringify(config));
  writeFileSync(join(path, 'run.log'), '');
  writeFileSync(join(path, 'vocabulary.json'), JSON.stringify(words));
  await saveBestModel(path, { json: { epoch: 1, evaluation: { score: 1 } }, arrays });
  return path;
}

describe.skipIf(chromiumPath === undefined)(inChromium('models in the page of explore'), () => {
  let explore: ExplorePage;
  let page: Page;
  const fetched: string[] = [];

  beforeAll(async () => {
    await tf.setBackend('cpu');
    await makeTagger();
    explore = await explorePage(folder);
    ({ page } = explore);
    page.on('request', (request) => fetched.push(request.url()));
  });

  afterAll(async () => {
    await explore?.close();
  });

  it('tag: they say what the same run says in Node, under two Ω', async () => {
    await page.goto(`${explore.url}#/runs?run=tagger`);
    await page.getByRole('link', { name: 'Tag a sentence with its model' }).click();
    await page.getByRole('textbox', { name: 'sentence' }).fill('Anna wohnt in Rom.');
    const tagger = await loadTagger(run);
    const words = ['Anna', 'wohnt', 'in', 'Rom', '.'];
    for (const [title, omega] of [
      ['A', 'negentropy'],
      ['B', 'l2'],
    ] as const) {
      const config = { ...tagger.config, omega };
      const [expected] = tagSentences({ ...tagger, config }, [words], 5);
      const panel = page.locator(`[data-side="${title}"]`);
      await panel.locator('.paths li').first().waitFor();
      await panel.getByText('Probabilities, as a table').click();
      // The table is drawn when it is asked for.
      await expect.poll(() => panel.locator('tbody tr').count()).toBeGreaterThan(0);
      const rows = await panel.locator('tbody tr').all();
      const shown = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
      const { marginals, best } = expected!;
      shown.forEach((row, tag) => {
        row.forEach((text, word) => expect(Number(text)).toBeCloseTo(marginals[word]![tag]!, 2));
      });
      expect(await panel.locator('.paths code').allTextContents()).toEqual(
        best.map(({ tags }) => convertTags(tags, 'IOB2').join(' ')),
      );
      const first = panel.locator('[data-probability]').first();
      expect(Number(await first.getAttribute('data-probability'))).toBeCloseTo(
        best[0]!.probability,
        4,
      );
    }
    expect(fetched.filter((url) => url.endsWith('best.bin'))).toHaveLength(1);
    expect(page.url()).toContain('text=Anna+wohnt+in+Rom.');
  });

  it('take long words, text from right to left, HTML and 200 words', async () => {
    const sentence = page.getByRole('textbox', { name: 'sentence' });
    const long = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(3);
    for (const [text, count] of [
      [`${long} زار الملك إشبيلية`, 4],
      ['<img src=x onerror=alert(1)> wohnt', 4],
      ['Anna wohnt in Rom '.repeat(50), 200],
    ] as const) {
      await sentence.fill(text);
      const tagged = page.locator('[data-side="B"] .tagged ruby');
      await expect.poll(() => tagged.count(), { timeout: 30_000 }).toBe(count);
      for (const width of [1200, 390]) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        expect(overflow, `${count} ${width}`).toBeLessThanOrEqual(0);
      }
    }
    await page.setViewportSize({ width: 1200, height: 900 });
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('that are damaged or missing are said, and used once they are there', async () => {
    const file = join(run, 'best.bin');
    writeFileSync(file, 'DIDYARR1 damaged');
    await page.reload();
    await expect
      .poll(() => page.getByRole('alert').allTextContents(), { timeout: 20_000 })
      .toEqual(['not a checkpoint of this program, or cut short']);
    rmSync(file);
    await page.getByRole('textbox', { name: 'sentence' }).fill('Anna');
    await expect
      .poll(() => page.getByRole('alert').allTextContents(), { timeout: 20_000 })
      .toEqual(['tagger has no model that runs in a page']);
    await makeTagger();
    await page.getByRole('textbox', { name: 'sentence' }).fill('Anna wohnt');
    await expect
      .poll(() => page.locator('[data-side="B"] .tagged ruby').count(), { timeout: 20_000 })
      .toBe(2);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('tag by two runs: each with the γ that it was trained with', async () => {
    const sharp = join(folder, 'sharp');
    await makeTagger(sharp, { gamma: 0.2 });
    const text = 'Anna wohnt in Rom .';
    for (const runs of [
      ['tagger', 'sharp'],
      ['sharp', 'tagger'],
    ] as const) {
      const words = new URLSearchParams({ run: runs[0], with: runs[1], text });
      await page.goto(`${explore.url}#/tagger?${words.toString()}`);
      await page.reload();
      for (const [side, omega] of ['negentropy', 'l2'].entries()) {
        const tagger = await loadTagger(join(folder, runs[side]!));
        const config = { ...tagger.config, omega: omega as 'negentropy' };
        const [expected] = tagSentences({ ...tagger, config }, [text.split(' ')], 5);
        const first = page.locator('.panels > section').nth(side).locator('[data-probability]');
        await first.first().waitFor();
        expect(Number(await first.first().getAttribute('data-probability'))).toBeCloseTo(
          expected!.best[0]!.probability,
          4,
        );
      }
    }
  });

  it('translate: three attentions side by side, with the weights of the same runs in Node', async () => {
    const paths = await Promise.all(attentions.map(makeTranslator));
    const words = new URLSearchParams(attentions.map((name) => ['run', name]));
    await page.goto(`${explore.url}#/runs?${words.toString()}`);
    await page.getByRole('link', { name: 'Translate a sentence with its model' }).click();
    await page.getByRole('textbox', { name: 'sentence' }).fill('Un chat dort.');
    for (const [side, path] of paths.entries()) {
      const { translator, config } = await loadTranslator(path);
      const decoding = { ...config.decoding, beam: 1 };
      const [expected] = await translator.translate(['Un chat dort.'], decoding);
      const panel = page.locator('.panels > section').nth(side);
      const translation = panel.locator('.translation[data-whole="true"]');
      await translation.waitFor({ state: 'attached', timeout: 30_000 });
      expect(await translation.textContent()).toBe(expected!.text);
      await panel.getByText('Attention, as a table').click();
      // The table is drawn when it is asked for.
      await expect.poll(() => panel.locator('tbody tr').count()).toBeGreaterThan(0);
      const rows = await panel.locator('tbody tr').all();
      expect(rows).toHaveLength(expected!.weights.length);
      for (const [at, row] of rows.entries()) {
        const shown = (await row.locator('td').allTextContents()).map(Number);
        shown.forEach((weight, from) => {
          expect(weight).toBeCloseTo(expected!.weights[at]![from]!, 2);
        });
      }
    }
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('have said no error but of the file that was missing', () => {
    expect(explore.problems.filter((text) => !text.includes('404'))).toEqual([]);
  });
});
