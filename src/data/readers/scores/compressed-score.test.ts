import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { zipBytes } from '../../../../test/zip-bytes.js';
import { unpackScore } from './compressed-score.js';

const path = join(temporaryFolder('mxl'), 'score.mxl');

async function unpack(roots: string, names: string[] = ['a.xml', 'b.xml', 'c.pdf']) {
  const container = `<container><rootfiles>${roots}</rootfiles></container>`;
  const files = names.map((name) => ({ name, content: `in ${name}` }));
  writeFileSync(path, zipBytes([{ name: 'META-INF/container.xml', content: container }, ...files]));
  const notices: string[] = [];
  const score = await unpackScore(path, 1000, (text) => notices.push(text));
  return { score: score.toString(), notices };
}

describe('the score of a compressed MusicXML file', () => {
  it('is the first root file of MusicXML, others are said', async () => {
    const pdf = '<rootfile full-path="c.pdf" media-type="application/pdf"/>';
    const score =
      '<rootfile full-path="./b.xml" media-type="application/vnd.recordare.musicxml+xml"/>';
    expect(await unpack(pdf + score)).toEqual({ score: 'in b.xml', notices: [] });
    expect(await unpack(`<rootfile full-path="a.xml"/>${score}`)).toEqual({
      score: 'in a.xml',
      notices: [`${path}: its container names 2 scores: the first is read, "a.xml"`],
    });
  });

  it('is the only XML file where the container names none', async () => {
    expect((await unpack('', ['a.xml'])).score).toBe('in a.xml');
    await expect(unpack('')).rejects.toThrow(
      'META-INF/container.xml names none, and 2 XML files, expected one',
    );
  });
});
