import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../errors.js';
import { checkNumbers, readOnsets } from './onsets.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('onsets');
const file = join(folder, 'onsets.csv');
const read = async (text: string) => {
  writeFileSync(file, text);
  return Array.from((await readOnsets(file, 3)).onsets);
};

describe('onsets', () => {
  it.each([
    ['a number a line', '0.5\n1\n\n2.25\n'],
    ['a number a line under any name', 'when\n0.5\n1\n2.25\n'],
    ['a number a line under words', 'Start time\n0.5\n1\n2.25\n'],
    ['what align file writes', 'event,onset_seconds,pitches\n0,0.5,60 64\n1,1.0,62\n2,2.25,60\n'],
    [
      'its label track for Audacity',
      '0.500000\t0.500000\t1 C4\n1.000000\t1.000000\t2 D4\n2.250000\t2.250000\t3 rest\n',
    ],
    ['its layer for Sonic Visualiser', '0.500000000,1 C4 E4\n1.000000000,2 D4\n2.250000000,3 C4\n'],
    [
      'its labels of frequencies',
      '0.5\t0.5\ta\n\\\t99.5\t200.5\n1.0\t1.0\tb\n2.25\t2.5\tc\n\\\t99.5\t200.5\n',
    ],
    ['a heading of seconds among beats', 'bar,beat time (s)\nI,0.5\nII,1\nIII,2.25\n'],
    ['labels that are numbers', '0,5\t0,6\t1\n1,0\t2,0\t2\n2,25\t2,5\t"3\n'],
    ['tabs, and a column called time', '# by hand\nbar\ttime\n1\t0.5\n1\t1e0\n2\t2.25\n'],
    ['notes with their starts', 'note,start_time,end_time\n60,0.5,0.9\n62,1,1.5\n64,2.25,3\n'],
    ['the heading that says more', 'time,onset\n0,0.5\n1,1\n2,2.25\n'],
    ['a heading with its unit', 'event,Onset (s)\n0,0.5\n1,1\n2,2.25\n'],
    ['decimal commas beside semicolons', 'event;onset\r\n0;0,5\r\n1;1\r\n2;2,25\r\n;\r\n'],
    ['decimal commas under a heading alone', 'onset\n0,5\n1,0\n2,25\n'],
    ['quoted cells', '"event","onset","text"\n"0","0,5","a, b"\n"1","1","c"\n"2","2.25",""\n'],
    ['one column of numbers beside words', 'C4;0.5\nD4;1\nC4;2.25\n'],
    ['spaces', 'event onset\n0 0.5\n1  1\n2 2.25\n'],
  ])('are read from %s', async (_, text) => {
    expect(await read(text)).toEqual([0.5, 1, 2.25]);
  });

  it.each([
    ['{"onsets": [0.5]}\n', 'line 1: begins as JSON does'],
    ['[0.5, 1.0, 2.25]\n', 'line 1: begins as JSON does'],
    // As in subtitles: 5 s would be wrong.
    ['00:00:01,005\n', 'line 1: "00:00:01" has minutes: expected are seconds alone'],
    ['0.5\nlate\n', 'line 2: "late" in column 1 is no number'],
    // A missing number is no header.
    ['NaN\n1\n2\n', 'line 1: "NaN" in column 1 is no number'],
    ['event,onset\n0,1\n1\n', 'line 3: 1 cell, where line 1 has 2'],
    ['event,onset\n0;0,5\n', 'line 2: ; separates here, and not in line 1'],
    ['1\n2\n1.5\n', 'line 3: the onset 1.5 s is before the one above it, 2 s'],
    ['-1\n', 'line 1: the onset -1 s is before the recording begins'],
    ['onset\n', 'no onset'],
    ['0\n3.05\n3.2\n', 'line 3: the onset 3.2 s is after the end of the recording at 3 s'],
    ['onset\n0\n500\n1000\n', 'line 3: the onset 500 s is after the end of the recording at 3 s'],
  ])('that are none are an error with the line: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(DataError);
    await expect(read(text)).rejects.toThrow(message);
  });

  it('that are the same get a notice', async () => {
    const said: string[] = [];
    const from = async (text: string) => {
      writeFileSync(file, text);
      await readOnsets(file, 3, (text) => said.push(text));
    };
    await from('onset\n1\n1\n1.0\n2\n');
    await from('0.5\n1\n');
    expect(said).toEqual([
      `${file}: 2 onsets are the same as the one above, the first in line 3: events follow each other, ` +
        'notes at once are one event',
    ]);
  });

  it.each(['onset_ms', 'Onset (ms)', 'beat', 'frame number', 'onset [samples]', 'Event', 'end'])(
    'are not taken from the column %s',
    async (heading) => {
      const message = `by its heading "${heading}", the only column of numbers holds no onsets in seconds`;
      await expect(read(`${heading}\n0.5\n1\n`)).rejects.toThrow(message);
      await expect(read(`text;${heading}\na;0,5\nb;1\n`)).rejects.toThrow(message);
      expect(await read(`${heading};start\n1;0,5\n2;1\n`)).toEqual([0.5, 1]);
    },
  );

  it.each([
    ['decimal commas without a header', '0,146\n0,5\n'],
    ['an event before each onset', '0,0.146\n1,0.5\n'],
    ['a header of other names', 'when;pitch\n0.5;60\n1;62\n'],
    ['events and onsets with tabs', '0\t0.146\t60\n1\t1.5\t62\n'],
    ['a header in milliseconds', 'event,onset_ms\n0,146\n1,500\n'],
  ])('are not guessed among columns of numbers: %s', async (_, text) => {
    await expect(read(text)).rejects.toThrow(
      /[23] columns of numbers, of which none is known .* onset_seconds, onset_time, onset, .*seconds;/,
    );
  });

  it.each([
    [
      'a row is missing and another one twice',
      '0,0.5\n1,1\n3,1.5\n3,2\n',
      'line 4: event 3, where event 2 is',
    ],
    [
      'they are of another part of the score',
      '4,0.5\n5,1\n6,1.5\n7,2\n',
      'line 2: event 4, where event 0 is',
    ],
    ['they count from 1', '1,0.5\n2,1\n4,1.5\n3,2\n', 'line 4: event 4, where event 3 is'],
  ])(
    'are refused where their numbers are not those of the events: %s',
    async (_, rows, message) => {
      writeFileSync(file, `event,onset_seconds\n${rows}`);
      const known = await readOnsets(file, 3);
      expect(() => checkNumbers(known, [0, 1, 2, 3], file)).toThrow(DataError);
      expect(() => checkNumbers(known, [0, 1, 2, 3], file)).toThrow(`${file}, ${message}`);
    },
  );

  it('may be numbered from 0 or 1, of the events that are played, or not at all', async () => {
    const check = async (text: string, events: number[]) => {
      writeFileSync(file, text);
      checkNumbers(await readOnsets(file, 3), events, file);
    };
    await check('event,onset\n0,0.5\n1,1\n', [0, 1]);
    await check('Event;onset\n1;0,5\n2;1\n', [0, 1]);
    await check('event,onset\n7,0.5\n8,1\n3,1.5\n', [7, 8, 3]);
    await check('event,onset\nC4,0.5\nD4,1\n', [0, 1]);
    await check('0.5\n1\n', [0, 1]);
  });
});
