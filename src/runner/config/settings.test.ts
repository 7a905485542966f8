import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../errors.js';
import { validateConfig, type ConfigValue } from './config.js';
import { applySettings, overruled, parseSetting, setKey } from './settings.js';

const files = z.strictObject({
  source: z.literal('files'),
  train: z.string().min(1),
  seed: z.int().default(1),
  columns: z.union([z.int().min(1), z.string().min(1)]).optional(),
});
const generated = z.strictObject({
  source: z.literal('generated'),
  train: z.int().min(1),
  seed: z.int().default(1),
});
const schema = z.strictObject({
  name: z.string(),
  data: z.discriminatedUnion('source', [files, generated]),
  model: z.strictObject({ dropout: z.number().min(0).max(0.95).default(0.5) }).prefault({}),
  vectors: z.strictObject({ path: z.string() }).nullish(),
  limit: z.int().optional(),
  rows: z.array(z.strictObject({ omega: z.enum(['negentropy', 'l2']) })).min(1),
});
const config: ConfigValue = {
  name: 'x',
  data: { source: 'files', train: 'a.txt', seed: 7, columns: 2 },
  vectors: { path: 'v.txt' },
  limit: 3,
  rows: [{ omega: 'negentropy' }, { omega: 'negentropy' }],
};

function set(...texts: string[]) {
  const left: string[] = [];
  const settings = texts.map(parseSetting);
  const changed = applySettings(schema, config, settings, (what) => left.push(what));
  return { changed: changed as Record<string, ConfigValue>, left };
}
const refused = (...texts: string[]) => {
  try {
    validateConfig(schema, set(...texts).changed, 'x.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error('was not refused');
};

describe('--set', () => {
  it('sets numbers, words, lists, keys within keys that are not there yet, and entries of lists', () => {
    expect(set('model.dropout=1e-3').changed['model']).toEqual({ dropout: 0.001 });
    expect(set('rows.1.omega=l2').changed['rows']).toEqual([
      { omega: 'negentropy' },
      { omega: 'l2' },
    ]);
    expect(set('rows=[{ omega: l2 }]').changed['rows']).toEqual([{ omega: 'l2' }]);
    expect(set('limit=4', 'limit=5').changed['limit']).toBe(5);
    expect(set('vectors=null', 'vectors.path=b.txt').changed['vectors']).toEqual({ path: 'b.txt' });
  });

  it('reads a value as its key wants it: 007 is a name, a number is no text for a number', () => {
    expect(set('name=007').changed['name']).toBe('007');
    expect(set('name=a: b').changed['name']).toBe('a: b');
    expect(set('name={').changed['name']).toBe('{');
    expect(set('name=a=b').changed['name']).toBe('a=b');
    expect(set('data.columns=3').changed['data']).toMatchObject({ columns: 3 });
    expect(set('data.columns=NER').changed['data']).toMatchObject({ columns: 'NER' });
  });

  it('takes # for a character of a text, since a value has no comment', () => {
    expect(set('name=#7').changed['name']).toBe('#7');
    expect(set('vectors.path=my file #2.vec').changed['vectors']).toEqual({
      path: 'my file #2.vec',
    });
    expect(set('name="x#1"').changed['name']).toBe('x#1');
    expect(refused('limit=#3')).toBe('--set limit=#3: a value has no comment');
  });

  it('null is null where that is a value, and takes out what may be left out', () => {
    expect(set('vectors=null').changed['vectors']).toBeNull();
    expect(set('limit=null').changed).not.toHaveProperty('limit');
    expect(refused('name=null')).toContain('name: got null; expected string');
  });

  it('another kind keeps what is valid in it, and says what it leaves out', () => {
    const { changed, left } = set('data.train=100', 'data.source=generated');
    expect(changed['data']).toEqual({ source: 'generated', train: 100, seed: 7 });
    expect(left).toEqual(['--set data.source=generated leaves out data.train, data.columns']);
    expect(refused('data.source=generated')).toContain(
      'data.train: it is missing; expected number, since source is "generated"',
    );
    expect(refused('data.source=file')).toContain(
      'data.source: got "file"; expected one of files, generated',
    );
  });

  it('suggests the key that was meant, near or elsewhere', () => {
    expect(refused('model.dropot=0.1')).toContain(
      'model.dropot: there is no such key here; did you mean model.dropout?',
    );
    expect(refused('dropout=0.1')).toContain('did you mean model.dropout?');
    expect(refused('model.dr=0.1')).toContain('did you mean model.dropout?');
    expect(refused('rows.0.omgea=l2')).toContain('did you mean rows.0.omega?');
    expect(refused('zzzzzz=1')).not.toContain('did you mean');
  });

  it('says what is allowed', () => {
    expect(refused('rows.0.omega=l3')).toContain('got "l3"; expected one of negentropy, l2');
    expect(refused('data.columns=[1]')).toContain('expected number, or expected string');
    expect(() => set('rows.2.omega=l2')).toThrow('"2" is not one of the 2 entries, 0 to 1');
    expect(() => set('name.first=x')).toThrow(
      '--set name.first=x: name.first: there is no "first"',
    );
    for (const text of ['model.dropout', '=3', 'a..b=1', '.a=1']) {
      expect(() => parseSetting(text)).toThrow('must be like model.dropout=0.3');
    }
    expect(() => parseSetting('limit=')).toThrow('limit=null takes it out');
  });

  it('never fails but by a UsageError, and changes nothing else', () => {
    const word = fc.oneof(
      fc.constantFrom('data', 'source', 'rows', '0', 'vectors', '__proto__'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.string(), (path, text) => {
        const before = structuredClone(config);
        try {
          validateConfig(schema, set(`${path.join('.')}=${text}`).changed, 'x.yaml');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
        expect(config).toEqual(before);
      }),
    );
  });
});

describe('setKey', () => {
  it('changes the value at a path and nothing else, lists included', () => {
    const config = { a: { b: 1, c: 2 }, list: [{ d: 3 }, { d: 4 }] };
    expect(setKey(config, 'a.b', 9)).toEqual({ a: { b: 9, c: 2 }, list: config.list });
    expect(setKey(config, 'list.1.d', 9)).toEqual({ a: config.a, list: [{ d: 3 }, { d: 9 }] });
    expect(setKey(config, 'new.key', true)).toEqual({ ...config, new: { key: true } });
    expect(config).toEqual({ a: { b: 1, c: 2 }, list: [{ d: 3 }, { d: 4 }] });
  });

  it('says where a path leads nowhere', () => {
    expect(() => setKey({ list: [1] }, 'list.1', 0)).toThrow(UsageError);
    expect(() => setKey({ list: [1] }, 'list.1', 0)).toThrow('list.1: "1" is not one of the 1 ent');
    expect(() => setKey({ a: 'text' }, 'a.b', 0)).toThrow('a.b: there is no "b" in "text"');
  });

  it('reads back what it set', () => {
    const key = fc.stringMatching(/^[a-z]{1,3}$/);
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.integer(), (path, value) => {
        let read: unknown = setKey({}, path.join('.'), value);
        for (const part of path) read = (read as Record<string, unknown>)[part];
        expect(read).toBe(value);
      }),
    );
  });
});

it('of several settings of one key the last alone overrules an option', () => {
  const settings = ['model.dropout=0.2', 'name=y', 'model.dropout=0.4'].map(parseSetting);
  const merged = { ...(config as object), model: { dropout: 0.3 } };
  const found = overruled(schema, merged, settings);
  expect(found.map(({ setting, value }) => [setting.key, setting.text, value])).toEqual([
    ['name', 'y', 'x'],
    ['model.dropout', '0.4', 0.3],
  ]);
});
