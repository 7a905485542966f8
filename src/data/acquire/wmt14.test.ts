import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataScriptNamed, loadCatalogue } from './catalogue.js';
import { getDataSet } from './get-data-set.js';

describe('the data-script of WMT14', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'didyprog-wmt14-'));
    await mkdir(join(folder, 'given', 'training'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const given = (name: string, content: string | Uint8Array) =>
    writeFile(join(folder, 'given', name), content);
  const seg = (text: string) => `<doc>\n<seg id="1"> ${text} </seg>\n</doc>\n`;
  async function layOut() {
    const script = dataScriptNamed(await loadCatalogue(), 'wmt14-fr-en');
    const dataFolder = join(folder, 'data');
    await getDataSet(script, { dataFolder, from: join(folder, 'given') });
    return (name: string) => readFile(join(dataFolder, 'wmt14-fr-en', name), 'utf8');
  }

  async function giveTests() {
    await given('newstest2013.fr', 'un\n');
    await given('newstest2013.en', 'one\n');
    await given('newstest2014-fren-src.fr.sgm', seg('R&amp;D &lt;ici&gt;'));
    await given('newstest2014-fren-ref.en.sgm', seg('R&amp;D &lt;here&gt;'));
  }

  it('takes the parts that are there, plain or gzip, pair by pair', async () => {
    await giveTests();
    await given('training/europarl-v7.fr-en.fr', 'a\nb\n');
    await given('training/europarl-v7.fr-en.en', 'A\nB\n');
    await given('giga-fren.release2.fixed.fr.gz', gzipSync('c\n'));
    await given('giga-fren.release2.fixed.en.gz', gzipSync('C\n'));
    const read = await layOut();
    expect(await read('training/sample.fr')).toBe('a\nb\nc\n');
    expect(await read('training/sample.en')).toBe('A\nB\nC\n');
    expect(await read('newstest2014.fr')).toBe('R&D <ici>\n');
    expect(await read('newstest2014.en')).toBe('R&D <here>\n');
    expect(await read('newstest2013.en')).toBe('one\n');
  });

  it('refuses parts of different numbers of lines, with both', async () => {
    await giveTests();
    await given('training/europarl-v7.fr-en.fr', 'a\nb\n');
    await given('training/europarl-v7.fr-en.en', 'A\n');
    await expect(layOut()).rejects.toThrow(/has 2 lines and .* has 1/);
  });

  it('says what it expects when nothing is there', async () => {
    await giveTests();
    await expect(layOut()).rejects.toThrow('no europarl-v7.fr-en.fr in it. Expected a copy of');
  });
});
