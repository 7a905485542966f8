import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeChorale } from '../../../test/write-chorale.js';
import { syntheticChorales } from '../../data/synthetic/chorales.js';
import { DataFiles } from '../../runner/run/data-files.js';
import { readOwnRecordings, recordingsIn } from './own-recordings.js';
import { alignStarter } from './starter-config.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const root = temporaryFolder('recordings');
const folder = join(root, 'own');
const chorales = syntheticChorales({ pieces: 2, seed: 5, events: 20 });
const [first, second] = chorales.map(({ name }) => name) as [string, string];

beforeAll(async () => {
  mkdirSync(folder);
  for (const chorale of chorales) {
    await writeChorale(root, chorale);
    for (const ending of ['wav', 'mid']) {
      const file = `${chorale.name}.${ending}`;
      cpSync(join(root, chorale.name, file), join(folder, file));
    }
  }
  const onsets = chorales[0]!.events.map(({ onsetSeconds }) => onsetSeconds);
  writeFileSync(join(folder, `${first}.csv`), `onset\n${onsets.join('\n')}\n`);
});

describe('recordings of one’s own', () => {
  it('are read with their onsets, or with those that the shipped model finds', async () => {
    const notices: string[] = [];
    const files = new DataFiles('data');
    const read = await readOwnRecordings(folder, files, { notify: (text) => notices.push(text) });
    expect(read.map(({ name }) => name)).toEqual([first, second]);
    expect(read[0]!.events.map(({ onsetSeconds }) => onsetSeconds)).toEqual(
      chorales[0]!.events.map(({ onsetSeconds }) => onsetSeconds),
    );
    const off = read[1]!.events.map(({ onsetSeconds }, at) =>
      Math.abs(onsetSeconds - chorales[1]!.events[at]!.onsetSeconds),
    );
    expect(off.toSorted((a, b) => a - b)[off.length >> 1]).toBeLessThan(0.08);
    expect(notices).toEqual([expect.stringContaining(`${second}.wav: no onsets beside it`)]);
    expect(files.paths).toHaveLength(5);
  });

  it('are not the hidden files that a Macintosh leaves beside them', async () => {
    const hidden = join(folder, `._${first}.wav`);
    writeFileSync(hidden, 'Mac OS X');
    expect((await recordingsIn(folder)).map(({ stem }) => stem)).toEqual([first, second]);
    rmSync(hidden);
  });

  it('are not scores without a recording, which are named, nor two of one name', async () => {
    const made = [
      'alone.mid',
      'b.musicxml',
      `${first}.aligned.mid`,
      `${first}.x.wav`,
      `${first}.wave`,
    ];
    for (const name of made) writeFileSync(join(folder, name), '');
    writeFileSync(join(folder, `${first}.x.mid`), '');
    const remarks = (await recordingsIn(folder)).map((one) => one.remarks);
    expect(remarks).toEqual([
      [
        `${folder}: 2 scores without a recording (.wav, .mp3, .flac, .ogg, .oga, .opus) of the same name ` +
          'left out: alone.mid, b.musicxml',
      ],
      [],
      [],
    ]);
    writeFileSync(join(folder, `${first}.flac`), '');
    await expect(recordingsIn(folder)).rejects.toThrow(
      `${folder}: ${first}.flac and ${first}.wav have one name`,
    );
    for (const name of [...made, `${first}.x.mid`, `${first}.flac`]) rmSync(join(folder, name));
  });

  it('take the true onsets, not those that align file found, and say which', async () => {
    const path = join(folder, `${second}.wav`);
    const beside = (ending: string) => join(folder, `${second}.${ending}`);
    const taken = async (options: { onsets?: 'known' } = {}) =>
      (await recordingsIn(folder, options)).map(({ onsets, areFound, remarks }) => ({
        ...{ onsets, areFound, remarks },
      }))[1];
    writeFileSync(beside('onsets.csv'), 'onset_seconds\n0\n');
    expect(await taken()).toEqual({
      onsets: `${second}.onsets.csv`,
      areFound: true,
      remarks: [
        `${path}: its onsets are those of ${second}.onsets.csv, which align file writes: they ` +
          'count as true',
      ],
    });
    await expect(taken({ onsets: 'known' })).rejects.toThrow(
      `expected is ${second}.csv beside it; rename ${second}.onsets.csv`,
    );
    const { text } = await alignStarter(folder, 'own', (path) => path);
    expect(text).toContain('2 recordings with scores, 1 with onsets, 1 with those that align file');
    writeFileSync(beside('TXT'), '0\n');
    writeFileSync(beside('krn'), '');
    expect(await taken()).toEqual({
      onsets: `${second}.TXT`,
      areFound: false,
      remarks: [
        `${path}: its score is ${second}.mid, not ${second}.krn`,
        `${path}: its onsets are those of ${second}.TXT, not ${second}.onsets.csv`,
      ],
    });
    for (const ending of ['TXT', 'krn', 'onsets.csv']) rmSync(beside(ending));
  });

  it('have no onsets after their end', async () => {
    const { samples, sampleRate, events } = chorales[1]!;
    const late = events.map((_, at) => at * 1000).join('\n');
    writeFileSync(join(folder, `${second}.txt`), late);
    const end = Number((samples.length / sampleRate).toFixed(3));
    await expect(readOwnRecordings(folder, new DataFiles('data'))).rejects.toThrow(
      `${second}.txt, line 2: the onset 1000 s is after the end of the recording at ${end} s`,
    );
    rmSync(join(folder, `${second}.txt`));
  });

  it('have no onsets of other events than the score’s', async () => {
    const path = join(folder, `${second}.csv`);
    const rows = chorales[1]!.events.map(({ onsetSeconds }, at) => `${at + 3},${onsetSeconds}`);
    writeFileSync(path, `event,onset_seconds\n${rows.join('\n')}\n`);
    await expect(readOwnRecordings(folder, new DataFiles('data'))).rejects.toThrow(
      `${second}.csv, line 2: event 3, where event 0 is expected`,
    );
    rmSync(path);
  });

  it('say what is missing, by file', async () => {
    const read = (path: string) => readOwnRecordings(path, new DataFiles('data'));
    await expect(read(join(root, 'none'))).rejects.toThrow('cannot read the folder');
    await expect(read(join(root, first))).rejects.toThrow('has 1 recording (');
    const known = readOwnRecordings(folder, new DataFiles('data'), { onsets: 'known' });
    await expect(known).rejects.toThrow(`${second}.wav has no onsets`);
    writeFileSync(join(folder, `${second}.txt`), '0\n1\n');
    await expect(read(folder)).rejects.toThrow('has 2 onsets');
    rmSync(join(folder, `${second}.mid`));
    await expect(read(folder)).rejects.toThrow(`${second}.wav has no score`);
  });
});
