import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { encodeWav16 } from '../src/data/readers/audio/wav.js';
import { choraleMidi } from '../src/data/synthetic/chorale-midi.js';
import { syntheticChorales } from '../src/data/synthetic/chorales.js';
import { exportSite } from '../src/explore/export.js';
import { chromiumPath, inChromium, startChromium, watch } from './chromium.js';
import { pageFolder } from './explore-page.js';
import { serve } from './file-server.js';
import { temporaryFolder } from './temporary-folder.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const temporary = temporaryFolder('export');

const folder = join(temporary, 'secret-place', 'runs');
const run = join(folder, 'first, 50 % = "good"');
mkdirSync(join(run, 'figures'), { recursive: true });
writeFileSync(join(run, 'config.yaml'), 'name: small\n');
writeFileSync(
  join(run, 'run.log'),
  `2026-01-02T03:04:05.000Z started: didyprog train ner --out ${run}\n`,
);
writeFileSync(join(run, 'metrics.jsonl'), '{"epoch":1,"loss":3}\n{"epoch":2,"loss":2}\n');
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">';
writeFileSync(join(run, 'figures/good.svg'), `${svg}<rect width="9" height="9"/></svg>`);
writeFileSync(join(run, 'figures/evil.svg'), `${svg}<script>steal()</script></svg>`);
writeFileSync(join(temporary, 'numbers'), 'numbers of somebody else');
writeFileSync(join(run, 'lexicon.json'), '{}');
symlinkSync(join(temporary, 'numbers'), join(run, 'best.bin'));
mkdirSync(join(folder, 'damaged'));
writeFileSync(join(folder, 'damaged/config.yaml'), '{');
writeFileSync(join(folder, 'damaged/run.log'), '');

const texts = (site: string) =>
  readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('assets'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

describe('an exported site', () => {
  it('holds the runs that can be read, and of them nothing that could run or lies elsewhere', async () => {
    const out = join(temporary, 'site');
    const { runs, problems } = await exportSite({ out, folder, pageFolder });
    expect(runs).toBe(1);
    expect(problems).toEqual([expect.stringMatching(/^damaged: .*config\.yaml: not valid YAML/)]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('site'))).toEqual(['site']);
    expect(texts(out)).not.toMatch(/steal\(\)|somebody else/);
    // Nor where they were on this machine.
    expect(texts(out)).toContain('--out runs/first');
    expect(texts(out)).not.toContain('secret-place');
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'`,
    );
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('come from a web server');
    expect(readdirSync(join(out, 'runs/at'))).toEqual(['first, 50 % = "good"']);
  });

  it('never replaces what is there', async () => {
    const out = join(temporary, 'full');
    mkdirSync(out);
    writeFileSync(join(out, 'mine.txt'), 'mine');
    await expect(exportSite({ out, pageFolder })).rejects.toThrow(
      /there is something in it already/,
    );
    expect(readdirSync(out)).toEqual(['mine.txt']);
    const both = join(temporary, 'both');
    const exports = [1, 2].map(() => exportSite({ out: both, pageFolder }));
    const ends = await Promise.allSettled(exports);
    expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.message] : []))).toEqual([
      `--export ${both}: there is something in it already`,
    ]);
    const none = join(temporary, 'none');
    await expect(
      exportSite({ out: none, folder: join(temporary, 'nowhere'), pageFolder }),
    ).rejects.toMatchObject({ exitCode: 3 });
    expect(existsSync(none)).toBe(false);
    const file = join(out, 'mine.txt');
    await expect(exportSite({ out: file, pageFolder })).rejects.toThrow(
      `--export ${file}: it is, or lies below, a file`,
    );
    if (process.platform !== 'linux') return;
    // In words, as wherever a file cannot be written.
    await expect(exportSite({ out: '/proc/site', pageFolder })).rejects.toThrow(
      /^cannot write \/proc\/site: the folder is missing, or the file system takes no new files/,
    );
  });

  it('leaves alone what lies beside it', async () => {
    const out = join(temporary, 'beside');
    mkdirSync(`${out}.part`);
    writeFileSync(join(`${out}.part`, 'mine.txt'), 'mine');
    await exportSite({ out, pageFolder });
    expect(readdirSync(`${out}.part`)).toEqual(['mine.txt']);
  });

  it('holds a run of long metrics with its report and score, and one of an odd name', async () => {
    const long = join(
      temporary,
      'long-runs',
      process.platform === 'win32' ? 'odd' : 'at 10:30\\x.',
    );
    mkdirSync(long, { recursive: true });
    writeFileSync(join(long, 'config.yaml'), 'name: small\n');
    const line = `{"epoch":1,"score":0.5,"note":{"text":"${'x'.repeat(1000)}"}}\n`;
    writeFileSync(join(long, 'metrics.jsonl'), line.repeat(5000));
    const out = join(temporary, 'long-site');
    expect(await exportSite({ out, folder: dirname(long), pageFolder })).toEqual({
      ...{ runs: 1, problems: [] },
    });
    expect(texts(out)).toMatch(/"score":\{"name":"development score","value":0\.5/);
  });

  it.skipIf(chromiumPath === undefined)(
    inChromium('works from a subfolder of a plain server, and asks for nothing else'),
    async () => {
      const out = join(temporary, 'served');
      await exportSite({ out, folder, pageFolder });
      const types: Record<string, string> = {
        ...{ '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' },
        ...{ '.json': 'application/json', '.svg': 'image/svg+xml' },
      };
      const server = await serve((response, { path }) => {
        const file = decodeURIComponent(path).replace('/some/where/', '').split(/[?#]/)[0]!;
        const at = join(out, file === '' ? 'index.html' : file);
        if (!path.startsWith('/some/where/') || !existsSync(at))
          return void response.writeHead(404).end();
        response.writeHead(200, {
          'content-type': types[extname(at)] ?? 'application/octet-stream',
        });
        response.end(readFileSync(at));
      });
      const browser = await startChromium();
      try {
        const page = await browser.newPage();
        const problems = watch(page, new RegExp(`^(${server.url}/some/where/|blob:|data:)`));
        await page.goto(`${server.url}/some/where/#/play/simplex?theta=0:0,1:0,2:0`);
        const value = page.locator('[data-side="0"] [data-figure="value"][data-value]');
        await value.waitFor();
        // The log-sum-exp of three zeros.
        expect(Number(await value.getAttribute('data-value'))).toBeCloseTo(Math.log(3), 5);
        // Said where the script does not run, and only there.
        expect(await page.getByText('has to come from a web server').count()).toBe(0);
        await page.getByRole('link', { name: 'Runs' }).click();
        await page.getByRole('checkbox').click();
        await page.locator('.legend li').waitFor();
        expect(await page.locator('.legend li').textContent()).toContain('2');
        await expect
          .poll(() =>
            page
              .locator('figure img')
              .evaluate((image) => (image as HTMLImageElement).naturalWidth),
          )
          .toBe(9);
        await page.getByRole('link', { name: 'Listen' }).click();
        const [chorale] = syntheticChorales({ pieces: 1, seed: 5, events: 8 });
        for (const [label, name, bytes] of [
          [/^recording/, 'a.wav', encodeWav16(chorale!)],
          [/^score/, 'a.mid', choraleMidi(chorale!.notes)],
        ] as const) {
          const file = { name, mimeType: '', buffer: Buffer.from(bytes) };
          await page.getByLabel(label).setInputFiles(file);
        }
        await page.getByRole('button', { name: 'Align', exact: true }).click();
        await page.getByText('8 onsets in a.wav').waitFor();
        // The policy in the page lets the player have the file.
        const player = page.locator('audio');
        await expect
          .poll(() => player.evaluate((audio) => (audio as HTMLAudioElement).duration))
          .toBeGreaterThan(1);
        expect(problems).toEqual([]);
      } finally {
        await browser.close();
        await server.close();
      }
    },
  );
});
