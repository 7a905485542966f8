import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { howBefore } from './begun-config.js';

const folder = temporaryFolder('begun-config');

it.each([
  { text: undefined, found: {}, isSaid: false },
  { text: '{"engine":"cpu","dataFolder":"x"}', found: { engine: 'cpu', dataFolder: 'x' } },
  { text: '{"engine":"cpu","dataFol', found: {}, isSaid: true },
  { text: '{"engine":"abacus"}', found: {}, isSaid: true },
  { text: '[1]', found: {}, isSaid: true },
])(
  'how a run was begun is taken from resume.json, or it is said that it cannot be: $text',
  async (given) => {
    const { text, found, isSaid = false } = given;
    const file = join(folder, 'resume.json');
    if (text !== undefined) await writeFile(file, text);
    const notices: string[] = [];
    expect(await howBefore(folder, (notice) => notices.push(notice))).toEqual(found);
    expect(notices.join()).toBe(
      isSaid
        ? `${file} is damaged: which data, engine and settings the last start had is not known from it`
        : '',
    );
  },
);
