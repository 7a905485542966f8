import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../metrics/chunks.js';
import { chunkScores } from '../../../metrics/chunk-scores.js';
import { convertTags, recogniseScheme, tagsOfChunks } from './tag-scheme.js';

/** Sentences as random runs of tokens inside and outside chunks. */
const chunkedSentence = fc
  .array(
    fc.record({
      type: fc.constantFrom('PER', 'LOC', undefined),
      length: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((runs) => {
    const chunks: Chunk[] = [];
    let at = 0;
    for (const { type, length } of runs) {
      if (type) chunks.push({ type, first: at, last: at + length - 1 });
      at += length;
    }
    return { chunks, length: at };
  });
describe('tag schemes', () => {
  it('conversion keeps the chunks, as the scorer sees them, and comes back', () => {
    fc.assert(
      fc.property(chunkedSentence, ({ chunks, length }) => {
        const iobes = tagsOfChunks(chunks, length, 'IOBES');
        for (const scheme of ['IOB1', 'IOB2', 'BILOU', 'BMES', 'BMEWO'] as const) {
          const tags = tagsOfChunks(chunks, length, scheme);
          expect(convertTags(tags, 'IOBES')).toEqual(iobes);
          expect(convertTags(iobes, scheme)).toEqual(tags);
          if (chunks.length > 0) expect(chunkScores([iobes], [tags]).f1).toBe(100);
        }
      }),
    );
  });

  it('recognises the scheme where the tags tell', () => {
    expect(recogniseScheme([['I-PER', 'B-PER', 'O']])).toBe('IOB1');
    expect(recogniseScheme([['O', 'I-PER'], ['B-LOC'], ['I-LOC']])).toBe('IOB1');
    expect(recogniseScheme([['O', 'I-PER'], ['B-LOC'], ['B-LOC']])).toBe('IOB2');
    expect(recogniseScheme([['O', 'B-PER', 'I-PER']])).toBe('IOB2');
    expect(recogniseScheme([['O', 'B-PER', 'E-PER', 'S-LOC']])).toBe('IOBES');
    expect(recogniseScheme([['O'], ['O', 'O']])).toBe('IOB2');
    expect(recogniseScheme([['U-ORG'], ['B-PER', 'I-PER', 'L-PER']])).toBe('BILOU');
    expect(recogniseScheme([['B-PER', 'L-PER']])).toBe('BILOU');
    expect(recogniseScheme([['B-LOC', 'E-LOC', 'W-PER']])).toBe('BMEWO');
    expect(recogniseScheme([['B-LOC', 'M-LOC', 'E-LOC', 'S-PER']])).toBe('BMES');
    expect(recogniseScheme([['O', 'S-PER', 'S-LOC']])).toBe('IOBES');
  });

  it.each([
    [['I-A', 'O', 'S-A'], 'IOB1', 'IOBES or BMES'],
    [['I-A', 'O', 'U-A'], 'IOB1', 'BILOU'],
    [['B-A', 'L-A', 'S-A'], 'BILOU', 'IOBES or BMES'],
    [['B-A', 'M-A', 'L-A'], 'BMES or BMEWO', 'BILOU'],
    [['B-A', 'I-A', 'M-A', 'E-A'], 'IOBES or BILOU', 'BMES or BMEWO'],
    [['S-A', 'W-A'], 'IOBES or BMES', 'BMEWO'],
  ])('refuses letters of two schemes: %s', (tags, one, other) => {
    expect(recogniseScheme([tags])).toMatchObject({
      conflict: [{ scheme: one }, { scheme: other }],
    });
  });
});
