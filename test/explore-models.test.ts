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
import { firstCharacters } from '../src/explore/page/models/sentence-form.js';
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
  // Short, so that a sentence that is too long is soon translated.
  const config = { ...usual, model, decoding: { ...usual.decoding, maximumLength: 4 } };
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

it('the first characters of a text are whole ones', () => {
  expect([1, 2, 3, 9].map((most) => firstCharacters('a😀b', most))).toEqual([
    ...['a', 'a', 'a😀', 'a😀b'],
  ]);
});

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

  /** Opens a view anew, with a worker of its own. */
  async function openView(hash: string): Promise<void> {
    if (!page.url().startsWith(explore.url)) await page.goto(explore.url);
    await page.evaluate(() => (location.hash = '#/runs'));
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await page.evaluate((hash) => (location.hash = hash), hash);
  }

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
      for (const width of [1200, 320]) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - innerWidth,
        );
        expect(overflow, `${count} ${width}`).toBeLessThanOrEqual(0);
      }
    }
    await page.setViewportSize({ width: 1200, height: 900 });
    expect(await seriousFaults(page)).toEqual([]);
    // A page that is loaded again keeps what was chosen.
    const omega = page.locator('[data-side="B"] select');
    await omega.selectOption('entmax15');
    await expect.poll(() => page.url()).toContain('b=entmax15');
    await page.reload();
    expect(await omega.inputValue()).toBe('entmax15');
  });

  it('are shown as there once they are, though their text was cleared', async () => {
    await openView('#/tagger?run=tagger');
    const sentence = page.getByRole('textbox', { name: 'sentence' });
    await sentence.fill('Anna');
    await page.getByText('loading the model').waitFor();
    await sentence.fill('');
    await expect
      .poll(() => page.getByText('loading the model').count(), { timeout: 60_000 })
      .toBe(0);
    await sentence.fill('Rom');
    // Which the address holds when the page is loaded again.
    await expect.poll(() => page.url()).toContain('text=Rom');
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
    // A run that is named twice is one.
    await page.goto(`${explore.url}#/runs?${words.toString()}&run=crf-l2`);
    await page.getByText('5 of 5 runs, 3 chosen').waitFor();
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
    expect(await page.title()).toBe('Translator – didyprog');
    await page.getByRole('spinbutton', { name: 'beam' }).fill('3');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('beam=3');
    await page.reload();
    expect(await page.getByRole('spinbutton', { name: 'beam' }).inputValue()).toBe('3');
  });

  it('translate of a long text the first tokens, and of texts typed meanwhile the last', async () => {
    await makeTranslator('softmax');
    await openView('#/translator?run=softmax');
    const sentence = page.getByRole('textbox', { name: 'sentence' });
    await sentence.fill('un '.repeat(17));
    await page.getByText('The first 16 of 17 tokens are translated').waitFor({ timeout: 60_000 });
    const worker = page.workers().find((one) => one.url().includes('worker'))!;
    const files = {
      model: `${explore.url}runs/at/softmax/page-model.json`,
      numbers: `${explore.url}runs/at/softmax/best.bin`,
    };
    const question = { kind: 'translate', files, side: 0, text: 'un chat', beam: 1 };
    await worker.evaluate((question) => {
      const global = self as unknown as { turns: number[]; postMessage(message: object): void };
      global.turns = [];
      global.postMessage = (message) => global.turns.push((message as { turn: number }).turn);
      // All have come before one is answered.
      for (const turn of [1001, 1002, 1003]) {
        self.dispatchEvent(new MessageEvent('message', { data: { ...question, turn } }));
      }
    }, question);
    const turns = () => worker.evaluate(() => (self as unknown as { turns: number[] }).turns);
    await expect.poll(turns, { timeout: 60_000 }).toContain(1003);
    expect(new Set(await turns())).toEqual(new Set([1003]));
  });

  it('have said no error but of the file that was missing', () => {
    expect(explore.problems.filter((text) => !text.includes('404'))).toEqual([]);
  });
});
