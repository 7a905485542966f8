import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../src/cli/didyprog.js';
import {
  count,
  countTo,
  fileEnding,
  fileOrCount,
  positiveNumber,
  wholeNumber,
} from '../src/option-values.js';
import { commandTree } from '../src/cli/program.js';
import { main } from './killed-run.js';

/** Every option that takes a number or a name of a list, by command. */
const options: Record<string, readonly string[]> = {
  'align synthetic': [
    '--gamma',
    '--omega',
    '--loss',
    '--features',
    '--folds',
    '--seed',
    '--backend',
  ],
  'align file a.wav b.mid': ['--band'],
  'train ner': [
    ...['--lang', '--omega', '--gamma', '--loss', '--marginals', '--optimiser', '--learning-rate'],
    ...['--epochs', '--batch', '--decode', '--seed', '--backend'],
  ],
  'train attention': [
    ...['--pair', '--corpus', '--attention', '--gamma', '--epochs', '--batch', '--learning-rate'],
    ...['--seed', '--backend'],
  ],
  'evaluate runs/x': ['--split', '--decode', '--backend'],
  'tag runs/x word': ['--best', '--backend'],
  'translate runs/x word': ['--beam', '--backend'],
  'sweep x.yaml': ['--launcher', '--jobs', '--cpus', '--backend'],
};

const isCount = /^--(folds|epochs|batch|best|beam|jobs|cpus)$/;

/** How the program, which starts nothing here, ends with these words. */
async function refusal(words: readonly string[]): Promise<{ message: string; exitCode: number }> {
  const program = await createProgram();
  for (const { command } of commandTree(program)) {
    command.configureOutput({ writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => expect.unreachable());
  }
  const refused = await program.parseAsync(['node', 'didyprog', ...words]).then(
    () => expect.unreachable(words.join(' ')),
    (error: unknown) => error,
  );
  return refused as { message: string; exitCode: number };
}

describe('a bad option value', () => {
  it.each(Object.keys(options))(
    'of %s is refused before any work, with what is allowed',
    async (command) => {
      for (const option of options[command]!) {
        const none = ['abc', '', '-1', 'NaN', '1e999', 'Infinity', '1 0', '0x10'];
        for (const value of [...none, ...(isCount.test(option) ? ['0', '1.5'] : [])]) {
          const { message } = await refusal([...command.split(' '), option, value]);
          expect(message).toContain(`'${option} `);
          expect(message).toMatch(/Allowed choices are|It must be|its value is empty/);
        }
      }
    },
  );

  it('of a path is refused when it is empty', async () => {
    for (const words of [
      ['train', 'ner', '--out', ''],
      ['align', 'synthetic', '--data', ''],
      ['tag', 'runs/x', '--file', ''],
      ['translate', 'runs/x', '--with', 'runs/y', '--with', ''],
      ['figure', 'dag', '--out', ''],
    ]) {
      expect((await refusal(words)).message).toContain('its value is empty');
    }
  });

  it('ends the program with 2', () => {
    const words = [main, 'align', 'file', 'a.wav', 'b.mid', '--band', 'abc'];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('It must be a whole number, 0 or more.');
  });
});

describe('the values of options', () => {
  const none = [
    '',
    ' ',
    'abc',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e999',
    '0x10',
    '1 0',
    '1,5',
    '--1',
    '1e',
  ];

  it('are decimal numbers in the range that is allowed', () => {
    for (const read of [positiveNumber, wholeNumber, count, countTo(9)]) {
      for (const text of [...none, '-1']) expect(() => read(text), text).toThrow('It must be');
      expect(read('5')).toBe(5);
    }
    expect([positiveNumber('1e-3'), positiveNumber('.5'), wholeNumber('0')]).toEqual([
      0.001, 0.5, 0,
    ]);
    for (const text of ['0', '-0', '1e-999'])
      expect(() => positiveNumber(text)).toThrow('It must be');
    for (const text of ['99999999999999999999', '1e20', '9007199254740992']) {
      for (const read of [wholeNumber, count]) {
        expect(() => read(text), text).toThrow('It must be at most 9007199254740991.');
      }
    }
    for (const text of ['1.5', '-1']) {
      expect(() => wholeNumber(text), text).toThrow('It must be');
      expect(() => count(text), text).toThrow('It must be');
    }
    expect(() => count('0')).toThrow('It must be a whole number, 1 or more.');
    expect(() => countTo(9)('10')).toThrow('It must be at most 9.');
    // In place of a file a number is a count, however it is written.
    expect(['500', '5e2', './500', '5.conll'].map(fileOrCount)).toEqual([
      500,
      500,
      './500',
      '5.conll',
    ]);
    for (const text of ['0', '-1', '2.5']) expect(() => fileOrCount(text)).toThrow('It must be');
  });
});

it('a file to be written ends as its kind does, or without an ending', () => {
  const svg = fileEnding('.svg');
  for (const path of ['x.svg', 'X.SVG', 'x', '/dev/null', 'maps-0.5', 'runs.old/x', '.', '..']) {
    expect(svg(path)).toBe(path);
  }
  for (const path of ['x.txt', 'runs/x.svg.bin', 'x.HTML', '../model.json']) {
    expect(() => svg(path), path).toThrow('It must end in .svg.');
  }
});
