import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { syntheticChorales } from '../src/data/synthetic/chorales.js';
import { alignExperiment } from '../src/experiments/align/experiment.js';
import { writeReport } from '../src/experiments/results/report.js';
import { checkResults, publishRuns, rebuildResults } from '../src/experiments/results/results.js';
import { DataError, UsageError } from '../src/errors.js';
import { htmlReport } from '../src/report/pages/html.js';
import { dagFigure } from '../src/report/figures/dag-figure.js';
import { chromiumPath, inChromium, startChromium } from './chromium.js';
import { temporaryFolder } from './temporary-folder.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const folder = temporaryFolder('report');

const [chorale] = syntheticChorales({ pieces: 3, seed: 1, events: 20 });
const truth = chorale!.events.map(({ onsetSeconds }) => onsetSeconds);
const spread = { mean: 0.5, deviation: 0.1 };
const errors = Object.fromEntries(
  ['rmse', 'meanAbsolute', 'medianAbsolute', 'within50ms', 'within100ms', 'max'].map((measure) => [
    measure,
    spread,
  ]),
);
const setting = {
  ...{ name: 'end-to-end, l2', loss: 'area', omega: 'l2', gamma: 1 },
  ...{ lambda: 0, epochs: 3, learningRate: 0.1 },
};
const frameWise = { lambda: 0, iterations: 1, learningRate: 0.1 };
const config = {
  name: 'align-made-up',
  title: 'A made-up <run> & its "report"',
  data: { source: 'synthetic', pieces: 3, seed: 1 },
  features: { kind: 'chroma', windowSeconds: 0.1858, hopSeconds: 0.04, scale: 100 },
  model: { output: 'softmax', weights: 'free' },
  frameWise,
  endToEnd: [setting],
};

/** A run directory with all that a run can leave, small. */
function makeRun(name: string, done: boolean): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'figures'), { recursive: true });
  const write = (file: string, content: string) => writeFileSync(join(path, file), content);
  write('config.yaml', JSON.stringify(config));
  write(
    'run.log',
    '2026-01-02T03:04:05.000Z started: didyprog align synthetic --folds 2; engine x\n',
  );
  const metrics = [1, 2].flatMap((fold) =>
    [3, 2, 1.5].map((loss, epoch) => ({ fold, row: setting.name, epoch: epoch + 1, loss })),
  );
  write('metrics.jsonl', metrics.map((line) => `${JSON.stringify(line)}\n`).join(''));
  write('figures/small-dag.svg', dagFigure());
  write(
    'figures/evil.svg',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>fail()</script></svg>',
  );
  write('figures/captions.json', '{ "small-dag": "Expected paths" }');
  if (!done) return path;
  const result = {
    experiment: 'align',
    config,
    provenance: { command: 'didyprog align synthetic', engine: 'cpu', cores: 2, seed: 0 },
    score: { name: 'test RMSE (s)', value: 0.5, better: 'lower' },
    rows: [{ name: setting.name, test: errors, training: errors }],
    folds: [
      {
        piece: chorale!.name,
        onsets: { [setting.name]: truth.map((onset) => onset + 0.1) },
        rows: {},
        settings: { frameWise, endToEnd: [setting], chosen: false },
        seconds: 1,
      },
    ],
  };
  write('result.json', JSON.stringify(result));
  return path;
}

makeRun('sweep/first', true);
makeRun('sweep/second', false);

/** The report of each folder, written once: generating the music takes a moment. */
const written = new Map<string, Promise<string>>();
function reportOf(name: string): Promise<string> {
  const known = written.get(name);
  if (known) return known;
  const path = writeReport(join(folder, name), { dataFolder: folder });
  written.set(name, path);
  return path;
}

describe('the report of a run', () => {
  it('has the table, the curves, the figures with captions, and the sounds', async () => {
    const path = await reportOf('sweep/first');
    const page = readFileSync(path, 'utf8');
    for (const heading of ['Result', 'Curves', 'Figures', 'Listen', 'What ran', 'Settings']) {
      expect(page).toContain(`>${heading}</h2>`);
    }
    expect(page).toContain('Expected paths');
    expect(page).toContain('evil.svg: the figure would run or fetch something.');
    expect(page.match(/src="data:audio\/wav;base64,/g)).toHaveLength(3);
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/\s(src|href)="(?!data:|#)/);
    expect(page).toContain(`content="default-src 'none'; `);
  });

  it('of a run that is not done says so and shows what there is', async () => {
    const path = await reportOf('sweep/second');
    const page = readFileSync(path, 'utf8');
    expect(page).toContain('--resume continues it');
    expect(page).toContain('>Curves</h2>');
  });

  it('of a result that its experiment cannot have written is an error that names the file', async () => {
    const path = makeRun('changed', true);
    writeFileSync(join(path, 'result.json'), '{"experiment":"align","rows":3}');
    await expect(writeReport(path, { dataFolder: folder })).rejects.toThrow(/result\.json is not/);
  });

  it('fails as a fault of the program where it is one', async () => {
    const path = makeRun('fault', true);
    const tables = vi.spyOn(alignExperiment, 'tables').mockImplementation(() => {
      throw new TypeError('a fault');
    });
    await expect(writeReport(path, { dataFolder: folder })).rejects.toThrow(TypeError);
    await expect(publishRuns([path], join(folder, 'fault-results'))).resolves.toBeDefined();
    tables.mockRestore();
  });

  it('names the file of a run directory that anyone may have made', async () => {
    const laughs = Array.from({ length: 9 }, (_, n) => {
      const item = n === 0 ? 'ha' : `*a${n - 1}`;
      return `a${n}: &a${n} [${Array(10).fill(item).join(', ')}]\n`;
    });
    const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const damaged: [file: string, text: string, message: RegExp][] = [
      ['config.yaml', laughs.join(''), /config\.yaml: not valid YAML.*alias/i],
      ['config.yaml', nested, /config\.yaml: nested too deeply/],
      ['config.yaml', 'just a text', /config\.yaml: expected an object, not "just a text"/],
      ['result.json', '[1]', /result\.json: expected an object, not \[1\]/],
      ['result.json', `{"experiment":"align","rows":${nested}}`, /result\.json: nested too deeply/],
    ];
    for (const [file, text, message] of damaged) {
      const path = makeRun('damaged-file', true);
      writeFileSync(join(path, file), text);
      const refused = writeReport(path, { dataFolder: folder });
      await expect(refused).rejects.toThrow(message);
      await expect(refused).rejects.toMatchObject({ exitCode: 3 });
    }
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const lines: [text: string, message: string][] = [
      ['{"loss":1}\n\0garbage\n', 'metrics.jsonl, line 2: not valid JSON'],
      [`${nested}\n`, 'metrics.jsonl, line 1: nested too deeply'],
    ];
    for (const [text, message] of lines) {
      const path = makeRun('damaged-line', true);
      writeFileSync(join(path, 'metrics.jsonl'), text);
      await expect(writeReport(path, { dataFolder: folder })).resolves.toBeDefined();
      expect(stderr.mock.calls.join()).toContain(message);
    }
    stderr.mockRestore();
  });

  it.each([
    ['{"small-dag":{"a":1}}', 'the caption of &quot;small-dag&quot; is no text'],
    ['["Expected paths"]', 'expected captions by the names of figures, not [&quot;Expected paths'],
    ['nonsense', 'captions.json: not valid JSON'],
  ])('with the captions %s says so and has the figure', async (captions, sentence) => {
    const path = makeRun('captions', false);
    writeFileSync(join(path, 'figures/captions.json'), captions);
    writeFileSync(join(path, 'figures/cut.svg'), dagFigure().slice(0, 2000));
    const page = readFileSync(await writeReport(path, { dataFolder: folder }), 'utf8');
    expect(page).toContain(sentence);
    expect(page).toMatch(/cut\.svg: the figure is damaged/);
    expect(page.match(/<img /g)).toHaveLength(2);
  });
});

/** The paths of all keys of a nested object. */
function placesIn(value: object, path: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([key, entry]: [string, unknown]) => [
    [...path, key],
    ...(typeof entry === 'object' && entry !== null ? placesIn(entry, [...path, key]) : []),
  ]);
}

describe('results', () => {
  it('are rebuilt from the runs noted beside them, and held against them', async () => {
    const results = join(folder, 'results');
    const stateOf = async (check: typeof checkResults) =>
      (await check(results)).map(({ name, state, details }) => [name, state, details.length]);
    mkdirSync(results);
    // Nothing agrees with nothing: the name of the folder is wrong.
    await expect(checkResults(results)).rejects.toThrow(`${results}: there is no page in it`);
    expect(await publishRuns([join(folder, 'sweep/first')], results)).toEqual(['align-made-up']);
    expect(await stateOf(checkResults)).toEqual([['align-made-up', 'agrees', 0]]);

    const page = join(results, 'align-made-up.md');
    writeFileSync(page, readFileSync(page, 'utf8').replace('0.500 ± 0.100', '0.400 ± 0.100'));
    expect(await stateOf(checkResults)).toEqual([['align-made-up', 'differs', 1]]);
    renameSync(join(folder, 'sweep/first'), join(folder, 'away'));
    // Without the runs the page is held against its own numbers.
    expect(await stateOf(checkResults)).toEqual([['align-made-up', 'differs', 1]]);
    expect(await stateOf(rebuildResults)).toEqual([['align-made-up', 'absent', 1]]);
    renameSync(join(folder, 'away'), join(folder, 'sweep/first'));
    expect(await stateOf(rebuildResults)).toEqual([['align-made-up', 'rebuilt', 0]]);
    renameSync(join(folder, 'sweep/first'), join(folder, 'away'));
    expect(await stateOf(checkResults)).toEqual([['align-made-up', 'consistent', 0]]);
    renameSync(join(folder, 'away'), join(folder, 'sweep/first'));
  });

  it('of a run that is not done cannot be published', async () => {
    const results = join(folder, 'results');
    await expect(publishRuns([join(folder, 'sweep/second')], results)).rejects.toThrow(/not done/);
  });

  it('of a result that was changed anywhere are published, or are an error of ours', async () => {
    const path = makeRun('damaged', true);
    const file = join(path, 'result.json');
    const whole = readFileSync(file, 'utf8');
    const places = placesIn(JSON.parse(whole) as object);
    const value = fc.constantFrom<unknown>(undefined, null, 3, '../x', [], {}, true);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), value, async (place, changed) => {
        const result = JSON.parse(whole) as Record<string, unknown>;
        const holder = place.slice(0, -1).reduce((at, key) => at[key] as typeof at, result);
        holder[place.at(-1)!] = changed;
        writeFileSync(file, JSON.stringify(result));
        await publishRuns([path], join(folder, 'damaged-results')).catch((error: Error) => {
          if (!(error instanceof DataError || error instanceof UsageError)) throw error;
        });
      }),
      { numRuns: 60 },
    );
    expect(existsSync(join(folder, 'x.md'))).toBe(false);
  });

  it('committed with the project agree with their own numbers', async () => {
    const states = await checkResults(fileURLToPath(new URL('../results', import.meta.url)));
    expect(states.length).toBeGreaterThan(0);
    expect(states.filter(({ state }) => state === 'differs')).toEqual([]);
  });
});

describe.skipIf(chromiumPath === undefined)(inChromium('the page in Chromium'), () => {
  let browser: Browser;
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  it.each([
    { of: 'sweep/first', colorScheme: 'dark', width: 390, figures: 6 },
    { of: 'sweep', colorScheme: 'light', width: 1100, figures: 8 },
  ] as const)(
    '$of, $colorScheme, $width px: nothing is wrong, everything is there',
    async ({ of, colorScheme, width, figures }) => {
      const path = await reportOf(of);
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
      });
      await page.goto(pathToFileURL(path).href);
      // In the page's own words, since the tests are compiled without the page's types in mind.
      const seen = (await page.evaluate(`(async () => {
        const images = [...document.querySelectorAll('figure img')];
        await Promise.all(images.map((image) => image.decode()));
        const boxes = images.map((image) => image.getBoundingClientRect());
        const sounds = [...document.querySelectorAll('audio')];
        await Promise.all(sounds.map((audio) => audio.readyState > 0 ||
          new Promise((resolve) => { audio.onloadedmetadata = resolve; audio.onerror = resolve; })));
        return {
          figures: document.querySelectorAll('figure').length,
          empty: boxes.filter(({ width, height }) => width < 100 || height < 100).length,
          durations: sounds.map(({ duration }) => duration),
          wide: document.documentElement.scrollWidth > innerWidth,
          paper: getComputedStyle(document.body).backgroundColor,
        };
      })()`)) as { paper: string; durations: number[] };
      expect(seen).toMatchObject({ figures, empty: 0, wide: false });
      for (const duration of seen.durations) expect(duration).toBeCloseTo(8, 1);
      expect(seen.paper).toBe(colorScheme === 'dark' ? 'rgb(21, 24, 28)' : 'rgb(255, 255, 255)');

      // A figure is an image with paper of its own: it follows the reader's scheme, too.
      const drawn = await page.locator('figure img').first().screenshot();
      const viewer = await browser.newPage();
      const paper = await viewer.evaluate(`(async () => {
        const image = new Image();
        image.src = 'data:image/png;base64,${drawn.toString('base64')}';
        await image.decode();
        const canvas = document.createElement('canvas').getContext('2d');
        canvas.drawImage(image, 0, 0);
        return [...canvas.getImageData(2, 2, 1, 1).data].slice(0, 3);
      })()`);
      await viewer.close();
      expect(paper).toEqual(colorScheme === 'dark' ? [21, 24, 28] : [255, 255, 255]);

      // Every place that scrolls or plays is reached by the Tab key.
      const wanted = await page.locator('a, audio, pre, .wide, .drawing').count();
      const reached = new Set<string>();
      for (let press = 0; press < 12 * wanted; press++) {
        await page.keyboard.press('Tab');
        const at = (await page.evaluate(`(() => {
          const all = [...document.querySelectorAll('a, audio, pre, .wide, .drawing')];
          return String(all.indexOf(document.activeElement));
        })()`)) as string;
        if (at !== '-1') reached.add(at);
        if (reached.size === wanted) break;
      }
      expect(reached.size).toBe(wanted);

      await page.evaluate(axe);
      const { violations } = (await page.evaluate('axe.run()')) as {
        violations: { id: string; impact: string }[];
      };
      const serious = violations.filter(({ impact }) => /serious|critical/.test(impact));
      expect(serious.map(({ id }) => id)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it('prints a table of many columns on a page on its side', async () => {
    const cells = Array.from({ length: 12 }, (_, n) => `column ${n}`);
    const tables = [4, 12].map((n) => ({ columns: cells.slice(0, n), rows: [cells.slice(0, n)] }));
    const page = await browser.newPage();
    await page.setContent(htmlReport({ title: 't', sections: [{ heading: 'h', tables }] }));
    const paper = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const sides = [...paper.matchAll(/MediaBox \[0 0 (\d+) (\d+)\]/g)];
    expect(sides.map(([, width, height]) => Number(width) > Number(height))).toEqual([false, true]);
    await page.close();
  });
});
