import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nerSchema } from '../src/experiments/ner/config.js';
import { Lexicon } from '../src/experiments/ner/lexicon.js';
import { newModel } from '../src/experiments/ner/new-model.js';
import { loadTagger } from '../src/experiments/ner/saved-model.js';
import { tagSentences } from '../src/experiments/ner/tagging.js';
import { startServer, type ExploreServer } from '../src/explore/server/server.js';
import { saveBestModel } from '../src/runner/best-model.js';
import { parseYaml, readTextFile } from '../src/read-file.js';
import { seriousFaults } from './axe-faults.js';
import { chromiumPath, inChromium } from './chromium-path.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const pageFolder = fileURLToPath(new URL('../dist/explore/page', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'didyprog-explore-tagger-'));
const run = join(folder, 'tagger');

/** A tagger as a run leaves it, with random numbers: what it says is no less exact for that. */
async function makeTagger(): Promise<void> {
  const small = fileURLToPath(new URL('small-ner.yaml', import.meta.url));
  const config = nerSchema.parse(parseYaml(await readTextFile(small), small));
  const vocabularies = {
    words: ['<unk>', 'Anna', 'wohnt', 'in', 'Rom'],
    characters: ['<unk>', ...'Anwohtirm'],
    tags: ['B-PER', 'E-PER', 'O', 'S-LOC'],
    zeroDigits: true,
  };
  const lexicon = Lexicon.fromJson(vocabularies);
  const model = newModel(config, lexicon, 8);
  mkdirSync(join(run, 'checkpoint'), { recursive: true });
  writeFileSync(join(run, 'config.yaml'), JSON.stringify(config));
  writeFileSync(join(run, 'run.log'), '');
  writeFileSync(
    join(run, 'lexicon.json'),
    JSON.stringify({ config, wordSize: 8, lexicon: vocabularies }),
  );
  const evaluation = { score: 1 };
  await saveBestModel(run, { json: { epoch: 1, evaluation }, arrays: model.parameters });
}

describe.skipIf(chromiumPath === undefined)(inChromium('a tagger in the page of explore'), () => {
  let browser: Browser;
  let server: ExploreServer;
  let page: Page;
  const problems: string[] = [];
  const fetched: string[] = [];

  beforeAll(async () => {
    await tf.setBackend('cpu');
    await makeTagger();
    server = await startServer({ folder, pageFolder });
    browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => fetched.push(request.url()));
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says what the same run says in Node, under two Ω', async () => {
    await page.goto(`${server.url}#/runs?run=tagger`);
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
      const rows = await panel.locator('tbody tr').all();
      const shown = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
      const { marginals, best } = expected!;
      shown.forEach((row, tag) => {
        row.forEach((text, word) => expect(Number(text)).toBeCloseTo(marginals[word]![tag]!, 2));
      });
      expect(await panel.locator('.paths code').allTextContents()).toEqual(
        best.map(({ tags }) => tags.join(' ')),
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

  it('takes long words, text from right to left, HTML and 200 words', async () => {
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

  it('of a damaged or a missing model says so, and works once it is there', async () => {
    const file = join(run, 'best.bin');
    writeFileSync(file, 'DIDYARR1 damaged');
    await page.reload();
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toEqual(['not a checkpoint of this program, or cut short']);
    rmSync(file);
    await page.getByRole('textbox', { name: 'sentence' }).fill('Anna');
    await expect
      .poll(() => page.getByRole('alert').allTextContents())
      .toEqual(['the run has no model yet: best.bin is not there']);
    await makeTagger();
    await page.getByRole('textbox', { name: 'sentence' }).fill('Anna wohnt');
    await expect.poll(() => page.locator('[data-side="B"] .tagged ruby').count()).toBe(2);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('has said no error but of the file that was missing', () => {
    expect(problems.filter((text) => !text.includes('404'))).toEqual([]);
  });
});
