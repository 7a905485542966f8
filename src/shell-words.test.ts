import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellCommand, shellWords } from './shell-words.js';

const odd = [
  'a b',
  "it's",
  '$HOME',
  '`id`',
  'x;y',
  '',
  '*',
  '~',
  '!!',
  '--x=a b',
  'ü',
  'a\nb',
  "'\t\\",
];

describe('a command that is shown', () => {
  it.skipIf(spawnSync('bash', ['-c', 'true']).status !== 0)(
    'gives a shell the words that it was made of, on one line',
    () => {
      const words = fc.array(fc.oneof(fc.constantFrom(...odd), fc.string({ maxLength: 9 })), {
        minLength: 1,
        maxLength: 6,
      });
      fc.assert(
        fc.property(words, (words) => {
          const passed = words.map((word) => word.replaceAll('\0', ''));
          const line = shellWords(passed, 'linux');
          expect(line).not.toMatch(/[\n\r]/);
          const script = `for word in ${line}; do printf '%s\\0' "$word"; done`;
          const { stdout } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
          expect(stdout.split('\0').slice(0, -1)).toEqual(passed);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('leaves plain words as they are, and quotes for cmd and PowerShell on Windows', () => {
    expect(shellCommand(['train', 'ner', '--out', 'runs/a-1'], 'linux')).toBe(
      'train ner --out runs/a-1',
    );
    expect(shellCommand(['resume', '-dash', '--out', '-'], 'linux')).toBe(
      'resume ./-dash --out ./-',
    );
    expect(shellCommand(['--out', 'C:\\runs\\a b'], 'win32')).toBe('--out "C:\\runs\\a b"');
    expect(shellCommand(['--out', 'C:\\runs\\a'], 'win32')).toBe('--out C:\\runs\\a');
  });
});
