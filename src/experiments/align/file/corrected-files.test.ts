import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventsWritten, keepCorrected } from './corrected-files.js';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const folder = temporaryFolder('corrected');

describe('a file about to be replaced', () => {
  const path = join(folder, 'a.onsets.csv');

  it('is kept under a new number each time, if it holds anything else', async () => {
    expect(await keepCorrected(path, ['new'])).toBeUndefined();
    for (const [hand, number] of [
      ['first', 1],
      ['second', 2],
    ] as const) {
      writeFileSync(path, hand);
      expect(await keepCorrected(path, ['new', 'old'])).toBe(`${path}.${number}`);
      expect(readFileSync(`${path}.${number}`, 'utf8')).toBe(hand);
      expect(readFileSync(path, 'utf8')).toBe(hand);
    }
  });

  it('is not kept where it is as the program wrote it, or writes it now', async () => {
    for (const own of ['old', 'new']) {
      writeFileSync(path, own);
      expect(await keepCorrected(path, ['new', Buffer.from('old')])).toBeUndefined();
    }
    expect(existsSync(`${path}.3`)).toBe(false);
  });
});

describe('the onsets written before', () => {
  const path = join(folder, 'a.onsets.json');
  const events = [0, 1].map((event) => ({
    ...{ event, onsetSeconds: event / 3, scoreOnsetSeconds: event, pitches: [60] },
    interval: [0, 1],
  }));

  it('are read from the JSON, unless it is of another score or damaged', async () => {
    expect(await eventsWritten(path, 2)).toBeUndefined();
    writeFileSync(path, JSON.stringify({ recording: 'a.wav', events }));
    expect(await eventsWritten(path, 2)).toEqual(events);
    expect(await eventsWritten(path, 1)).toBeUndefined();
    writeFileSync(path, '{"events": [{}]}');
    expect(await eventsWritten(path, 2)).toBeUndefined();
    writeFileSync(path, '{"eve');
    expect(await eventsWritten(path, 2)).toBeUndefined();
  });
});
