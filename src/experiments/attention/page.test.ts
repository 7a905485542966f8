import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recorded } from '../../../test/recorded.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { attentionPage } from './page.js';
import { mapsFile, type AttentionResult } from './result.js';

const folder = temporaryFolder('attention-page');
const [first] = recorded<AttentionResult>('attention');

/** A run whose maps are of these sentences. */
function run(name: string, sentences: readonly string[], config: object = {}) {
  const path = join(folder, name);
  mkdirSync(path);
  const maps = sentences.map((text) => ({ source: [text], target: [], weights: [[1]] }));
  writeFileSync(join(path, mapsFile), JSON.stringify(maps));
  const result = { ...first!, config: { ...first!.config, ...config } } as AttentionResult;
  return { path, result, recorded: {} };
}

describe('the page of translators', () => {
  it('draws side by side what is of the same sentences, and the others by themselves', async () => {
    const page = await attentionPage([
      run('one', ['Chien', 'chat']),
      run('cased', ['chien', 'chat']),
      run('fewer', ['loup']),
      run('others', ['loup', 'ours']),
      run('none', []),
    ]);
    const drawn = Object.entries(page.files).map(([file, svg]) => [
      file.match(/(-\d)?\.svg$/)![0],
      svg
        .toString()
        .match(/<desc>(.*?) under (.*?)\./)!
        .slice(1)
        .join(' '),
    ]);
    const { attention } = first!.config.model;
    expect(drawn).toEqual([
      ['.svg', `2 sentences ${attention}, ${attention}`],
      ['-2.svg', `1 sentence ${attention}`],
      ['-3.svg', `2 sentences ${attention}`],
    ]);
    expect(page.text).toContain('the first of “loup”');
  });

  it('tells rows apart by the settings that differ', async () => {
    const { model } = first!.config;
    const runs = [0.1, 0.2].map((dropout) =>
      run(`dropout ${dropout}`, [], { model: { ...model, dropout } }),
    );
    const { text } = await attentionPage(runs);
    for (const dropout of [0.1, 0.2]) {
      expect(
        text.match(new RegExp(`^\\| [^|]+ \\| [^|]+, dropout ${dropout} `, 'gm')),
      ).toHaveLength(2);
    }
  });
});
