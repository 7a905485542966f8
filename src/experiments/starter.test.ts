import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alignSchema } from './align/config.js';
import { alignStarter } from './align/starter-config.js';
import { attentionSchema } from './attention/config.js';
import { attentionStarter } from './attention/starter-config.js';
import { nerSchema } from './ner/config.js';
import { nerStarter } from './ner/starter-config.js';
import { temporaryFolder } from '../../test/temporary-folder.js';

const folder = temporaryFolder('starter');
const garden = fileURLToPath(new URL('../../examples/own-data/garden', import.meta.url));

const same = (file: string) => file;

describe('a config for parallel text of one’s own', () => {
  it('is made from the two training files, in their order, and the others beside them', async () => {
    const from = ['en', 'it'].map((language) => join(garden, `train.${language}`)).join(',');
    const { text, found } = await attentionStarter(from, 'mine', same);
    expect(found).toHaveLength(6);
    expect(text).toMatch(/^# train\.en, train\.it: \d+ pairs\n# dev\.en, dev\.it: \d+ pairs\n/);
    expect(text).toContain('# the name of its run directories');
    const config = attentionSchema.parse(parse(text));
    const both = (part: string) => ({
      source: join(garden, `${part}.en`),
      target: join(garden, `${part}.it`),
    });
    expect(config.corpus).toEqual({
      source: 'files',
      train: both('train'),
      development: both('dev'),
      test: both('test'),
    });
    expect(config).toMatchObject({ name: 'mine', model: { attention: 'softmax' } });
  });

  it('is made from a folder, by the languages that the names end in', async () => {
    const { text } = await attentionStarter(garden, 'mine', same);
    const { corpus } = attentionSchema.parse(parse(text));
    expect(corpus).toMatchObject({ train: { source: join(garden, 'train.en') } });
  });

  it('is made from one file with two columns, with the columns that are chosen', async () => {
    const table = join(folder, 'pairs.csv');
    writeFileSync(
      table,
      `n,en,it\n${Array.from({ length: 20 }, (_, n) => `${n},x${n},y${n}\n`).join('')}`,
    );
    const columns = { source: 'it', target: 2 };
    const { text } = await attentionStarter(table, 'mine', same, columns);
    const { corpus } = attentionSchema.parse(parse(text));
    expect(corpus).toMatchObject({ source: 'table', columns, development: 2, test: 2 });
    await expect(attentionStarter(garden, 'mine', same, columns)).rejects.toThrow(
      '--columns is for one file with two columns',
    );
    writeFileSync(table, '');
    await expect(attentionStarter(table, 'mine', same)).rejects.toThrow(
      'pairs.csv has no pair: expected one a row',
    );
  });

  it('says which file is missing, or that there are not two languages', async () => {
    const own = join(folder, 'text');
    cpSync(garden, own, { recursive: true });
    rmSync(join(own, 'test.it'));
    await expect(attentionStarter(own, 'mine', same)).rejects.toThrow('test.en has no other side');
    rmSync(join(own, 'dev.it'));
    await expect(attentionStarter(own, 'mine', same)).rejects.toThrow(
      'no file has the name of a development file (dev, development, valid, testa); there are train.it',
    );
    writeFileSync(join(own, 'train.de'), 'x\n');
    await expect(attentionStarter(own, 'mine', same)).rejects.toThrow('end in de, en, it');
    for (const from of ['a,b,c', 'a,']) {
      await expect(attentionStarter(from, 'mine', same)).rejects.toThrow(
        'expected a folder, two files such as train.it,train.en, or one with two columns',
      );
    }
  });

  it('is made from one file with two columns, of which a tenth is drawn for each other part', async () => {
    const table = join(folder, 'pairs.it-en.tsv');
    writeFileSync(
      table,
      Array.from({ length: 30 }, (_, at) => `frase ${at}\tline ${at}\n`).join(''),
    );
    const { text, found } = await attentionStarter(table, 'mine', same);
    expect(text).toMatch(/^# pairs\.it-en\.tsv: 30 pairs\n/);
    expect(found).toEqual([table]);
    const { corpus } = attentionSchema.parse(parse(text));
    expect(corpus).toMatchObject({ source: 'table', train: table, development: 3, test: 3 });
  });
});

describe('a config for column files of one’s own', () => {
  const own = join(folder, 'columns');
  const write = (rows: string) => {
    mkdirSync(own, { recursive: true });
    for (const part of ['training', 'valid', 'testing']) {
      writeFileSync(join(own, `${part}.txt`), rows);
    }
  };

  it('is made from a folder, whose files may be called training and testing', async () => {
    write('Ada B-PER\nleft O\n');
    const { text, found } = await nerStarter(own, 'mine', same);
    expect(text).toMatch(/^# training\.txt: 1 sentence, 1 type \(PER\)\n/);
    expect(found).toEqual(['training', 'valid', 'testing'].map((part) => join(own, `${part}.txt`)));
    const { data } = nerSchema.parse(parse(text));
    expect(data).toMatchObject({ source: 'files', test: join(own, 'testing.txt') });
    expect(data).not.toHaveProperty('columns');
  });

  it('is made from one file, of which a tenth is drawn for each other part', async () => {
    const file = join(folder, 'tagged.csv');
    const rows = Array.from({ length: 21 }, (_, at) => `${at},Ada${at},B-PER\n${at},left,O\n`);
    writeFileSync(file, `Sentence #,Word,Tag\n${rows.join('')}`);
    const { text, found } = await nerStarter(file, 'mine', same);
    expect(text).toMatch(/^# tagged\.csv: 21 sentences, 1 type \(PER\)\n/);
    expect(found).toEqual([file]);
    const { data } = nerSchema.parse(parse(text));
    expect(data).toMatchObject({ source: 'files', train: file, development: 3, test: 3 });
  });

  it('is made from a folder of links', async () => {
    write('Ada B-PER\nleft O\n');
    const linked = join(folder, 'linked');
    mkdirSync(linked);
    for (const part of ['train', 'dev'])
      symlinkSync(join(own, 'valid.txt'), join(linked, `${part}.txt`));
    const { found } = await nerStarter(linked, 'mine', same);
    expect(found).toEqual(['train', 'dev'].map((part) => join(linked, `${part}.txt`)));
  });

  it('has the columns that it was told, by which the files are read', async () => {
    // Of two columns of tags it is not known which one is meant.
    write('1 Ada B-PER O x\n2 left O O x\n');
    await expect(nerStarter(own, 'mine', same)).rejects.toThrow('--columns');
    const columns = { word: 2, tag: 3 };
    const { text } = await nerStarter(own, 'mine', same, columns);
    expect(nerSchema.parse(parse(text)).data).toMatchObject({ source: 'files', columns });
  });
});

describe('a config for recordings of one’s own', () => {
  it('is made from a folder, and says how many have onsets', async () => {
    const own = join(folder, 'recordings');
    mkdirSync(own);
    for (const name of ['a.wav', 'a.mid', 'b.flac', 'b.mid', 'b.csv']) {
      writeFileSync(join(own, name), '');
    }
    const { text, found } = await alignStarter(own, 'mine', same);
    expect(text).toMatch(/^# 2 recordings with scores, 1 with onsets; the shipped model finds/);
    expect(found).toHaveLength(5);
    const config = alignSchema.parse(parse(text));
    expect(config).toMatchObject({ name: 'mine', data: { source: 'files', folder: own } });
    rmSync(join(own, 'a.mid'));
    await expect(alignStarter(own, 'mine', same)).rejects.toThrow('a.wav has no score');
  });
});
