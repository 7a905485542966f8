import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line-here.js';
import { main } from './killed-run.js';
import { smallTranslator } from './small-translator.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder('attention');
const args = smallTranslator(folder);

describe('didyprog translate', () => {
  it('takes piped lines as they are: blank ones, CRLF, U+2028, one without an end, a very long one', async () => {
    const out = join(folder, 'small');
    const small = [...args, '--epochs', '1', '--out', out];
    expect(spawnSync(process.execPath, [main, ...small]).status).toBe(0);
    const translate = (input: string | Uint8Array) =>
      spawnSync(process.execPath, [main, 'translate', out, '--backend', 'cpu'], {
        ...{ input, encoding: 'utf8' },
      });
    const sentences = ['deux', '', '  ', 'trois\u2028quatre', 'cinq\u0085six\fsept', 'mille'];
    const lines = translate(sentences.join('\n'));
    expect(lines.status).toBe(0);
    const translated = lines.stdout.split('\n');
    expect(translated).toHaveLength(sentences.length + 1);
    expect([translated[1], translated[2], translated.at(-1)]).toEqual(['', '', '']);
    expect(translated[0]).not.toBe('');
    expect(translate(`\ufeff${sentences.join('\r\n')}\r\n`).stdout).toBe(lines.stdout);
    const none = translate('');
    expect(none).toMatchObject({ status: 2, stdout: '' });
    expect(none.stderr).toContain('no sentence: stdin is empty');

    const drawn = (...words: string[]) => {
      const maps = ['--backend', 'cpu', '--figure', join(folder, 'maps.svg')];
      return commandLine(folder, ['translate', out, ...words, ...maps]);
    };
    // A sentence behind --with is one, and a run in a list of runs is none.
    expect(await drawn('--with', out, 'deux')).toMatchObject({
      ...{ status: 0, stdout: `${translated[0]}\n` },
    });
    expect(await drawn('deux', '--with', out, out, '--with', out)).toMatchObject({
      ...{ status: 0, stdout: `${translated[0]}\n` },
    });
    expect(readFileSync(join(folder, 'maps.svg'), 'utf8').match(/>crf-l2</g)).toHaveLength(4);
    // Nothing is translated before all that it goes to, and comes from, is there.
    const nowhere = await drawn('deux', '--with', join(folder, 'none'));
    expect(nowhere).toMatchObject({ status: 3, stdout: '' });
    const noPlace = await commandLine(folder, ['translate', out, 'deux', '--figure', 'none/x.svg']);
    expect(noPlace).toMatchObject({ status: 2, stdout: '' });
    expect(noPlace.stderr).toContain('--figure none/x.svg cannot be written');

    // Scored by all its references: its own words are one of them.
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return name;
    };
    const source = ['--source', file('own.fr', 'deux\ntrois\n')];
    const own = (await drawn('deux', 'trois')).stdout;
    const targets = [file('one.en', '\nzwei drei\n'), file('two.en', own)];
    const scored = async (...paths: string[]) => {
      const target = paths.flatMap((path) => ['--target', path]);
      const flags = [...source, ...target, '--backend', 'cpu', '--json'];
      return commandLine(folder, ['evaluate', out, ...flags]);
    };
    const both = await scored(...targets);
    expect(JSON.parse(both.stdout)).toMatchObject({
      set: 'own.fr, one.en, two.en',
      measured: [{ runs: [{ precisions: { 0: 100 } }] }, {}],
    });
    expect(both.stdout).toContain('nrefs:var|');
    expect(both.stderr).toContain('scored by those of its references that are not empty');
    expect((await scored(targets[1]!)).stdout).toContain('nrefs:1|');
    expect(await scored('one.en', 'one.en')).toMatchObject({ status: 2, stdout: '' });

    // The same pairs as a table, with the sides the other way round.
    const [first, second] = own.split('\n');
    const table = file('own.tsv', `${first!}\tdeux\n${second!}\ttrois\n`);
    const ofTable = (...flags: string[]) =>
      commandLine(folder, ['evaluate', out, '--file', table, '--backend', 'cpu', ...flags]);
    const turned = await ofTable('--columns', 'source=2,target=1', '--json');
    const alone = JSON.parse((await scored(targets[1]!)).stdout) as { measured: object };
    expect(JSON.parse(turned.stdout)).toMatchObject({ set: table, measured: alone.measured });
    for (const [flags, said] of [
      [['--columns', 'word=1'], `--columns word=…: ${out} is a translator`],
      [['--split', 'test'], '--split test is a part of the run’s corpus: not beside --file'],
      [['--source', table], '--file has both sides'],
    ] as const) {
      expect((await ofTable(...flags)).stderr).toContain(said);
    }

    const long = translate(`deux\n${'un '.repeat(20_000)}\n`);
    expect(long.status).toBe(0);
    expect(long.stdout.split('\n')).toHaveLength(3);
    expect(long.stderr).toContain('sentence 2 has 20000 tokens: only the first 48 are translated');

    for (const [input, said] of [
      [Buffer.from('deux\ntrois \xff\n', 'latin1'), 'stdin, line 2: not UTF-8 text'],
      [Buffer.from('\ufeffun\ndeux', 'utf16le').subarray(0, -1), 'not UTF-16 text'],
      [Buffer.from('un\ndeux\0\n'), 'stdin, line 2: a NUL character'],
      [`un\n\n${'x'.repeat(5_000_000)}`, 'stdin, line 3: a line of over 1,000,000 characters'],
    ] as const) {
      const { status, stderr, stdout } = translate(input);
      expect([status, stdout]).toEqual([3, '']);
      expect(stderr).toContain(said);
      expect(stderr).not.toMatch(/\n\s+at /);
      // It is known before anything is loaded.
      expect(stderr).not.toContain('engine');
    }
  }, 300_000);
});
