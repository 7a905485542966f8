import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from './errors.js';
import { checkOutputs } from './output-places.js';
import { temporaryFolder } from '../test/temporary-folder.js';

const folder = temporaryFolder('output-places');
const at = (...names: string[]) => join(folder, ...names);
mkdirSync(at('sub'));
writeFileSync(at('a.wav'), 'sound');
symlinkSync(at('a.wav'), at('link.wav'));
symlinkSync(folder, at('here'));

const refused = (output: string, input = at('a.wav')) =>
  checkOutputs(
    [{ path: output, option: '--page' }],
    [
      { path: at('score.mid'), name: 'the score' },
      { path: input, name: 'the recording' },
    ],
  );

describe('an output in the place of an input', () => {
  it.each([
    ['the path itself', at('a.wav')],
    ['with ./ and ..', `${folder}/./sub/../a.wav`],
    ['relative to the working folder', relative('.', at('a.wav'))],
    ['a link to the file', at('link.wav')],
    ['through a link to the folder', at('here', 'a.wav')],
  ])('is refused: %s', async (_, output) => {
    await expect(refused(output)).rejects.toThrow(UsageError);
    await expect(refused(output)).rejects.toThrow(
      `${output} is the recording (${at('a.wav')}), which would be overwritten: ` +
        'write elsewhere by --page',
    );
  });

  it('is refused also where the input is the link', async () => {
    await expect(refused(at('a.wav'), at('link.wav'))).rejects.toThrow('is the recording');
  });
});

describe('other outputs', () => {
  it('are allowed: new files, old ones that are no input, folders that are not there', async () => {
    writeFileSync(at('old.html'), '');
    await refused(at('new.html'));
    await refused(at('old.html'));
    await checkOutputs(
      [{ path: at('none', 'a', 'a.wav'), option: '--out', makesFolder: true }],
      [],
    );
  });

  it('are refused where two have one place', async () => {
    const twice = checkOutputs(
      [
        { path: at('new.csv'), option: '--out' },
        { path: at('here', 'new.csv'), option: '--page' },
      ],
      [],
    );
    await expect(twice).rejects.toThrow('would be written twice, by --out and --page');
  });
});

describe.skipIf(process.platform === 'win32')('a place that takes no file', () => {
  symlinkSync(at('nothing'), at('dangling.html'));
  it.each([
    ['sub', 'it is a folder; a file is expected'],
    ['none/a.html', `the folder ${at('none')} is missing`],
    ['dangling.html', 'it is a link to nothing'],
    ['a.wav/a.html', `${at('a.wav')} is no folder`],
    ['a.wav/b/a.html', 'a folder on the way to it is a file'],
    ['/dev/null', 'it is a device; a file is expected'],
    ['new/', 'its name ends as that of a folder'],
  ])('is refused: %s', async (name, why) => {
    const path = name.startsWith('/') ? name : at(name);
    const checked = checkOutputs([{ path, option: '--figure' }], []);
    await expect(checked).rejects.toThrow(UsageError);
    await expect(checked).rejects.toThrow(`--figure ${path} cannot be written: ${why}`);
  });

  it('is refused where a folder would be made below a file', async () => {
    const places = [{ path: at('a.wav', 'b', 'a.html'), option: '--page', makesFolder: true }];
    await expect(checkOutputs(places, [])).rejects.toThrow('a folder on the way to it is a file');
  });
});
