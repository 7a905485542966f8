import { chunksOfTags, splitTag, type Chunk, type TagParts } from '../../../metrics/chunks.js';

/**
 * How tags write the chunks (entities) of a sentence. IOB1: I-X, and B-X only where a chunk follows
 * one of its own type directly. IOB2: every chunk begins with B-X. The others also mark its end, and
 * a chunk of one token: B I … E or S in IOBES; by other letters in BILOU, BMES and BMEWO.
 */
export type TagScheme = 'IOB1' | 'IOB2' | 'IOBES' | 'BILOU' | 'BMES' | 'BMEWO';

/** The letters of the schemes with ends: begin, inside, end, single. */
const letters = { IOBES: 'BIES', BILOU: 'BILU', BMES: 'BMES', BMEWO: 'BMEW' } as const;
type SchemeWithEnds = keyof typeof letters;
const schemesWithEnds = Object.keys(letters) as SchemeWithEnds[];
const outside = splitTag('O')!;

/** A tag that decides which scheme a file has, or that no scheme allows there. */
export interface SchemeEvidence {
  scheme: string;
  sentence: number;
  token: number;
}

/**
 * Which scheme sentences are tagged in: by the letters where there are others than B and I, else by
 * how most chunks begin: the shared tasks' own files have a few tags of the other IOB scheme, which
 * all schemes read alike. Without a chunk, IOB2.
 *
 * @param sentences of tags that `splitTag` knows
 * @returns the scheme, or two tags that contradict each other: letters of two schemes, or a scheme
 *   with ends beside chunks that begin by I-
 */
export function recogniseScheme(
  sentences: readonly (readonly string[])[],
): TagScheme | { conflict: [SchemeEvidence, SchemeEvidence] } {
  const begins = { I: 0, B: 0 };
  let iob1: SchemeEvidence | undefined;
  const firstOf = new Map<string, { sentence: number; token: number }>();
  sentences.forEach((tags, sentence) => {
    let before = outside;
    tags.forEach((tag, token) => {
      const now = splitTag(tag)!;
      const { letter } = now;
      const continues = before.position !== 'O' && before.type === now.type;
      if (letter === 'I' && !continues) {
        iob1 ??= { scheme: 'IOB1', sentence, token };
        begins.I++;
      } else if (letter === 'B' && !continues) {
        begins.B++;
      }
      if (!firstOf.has(letter)) firstOf.set(letter, { sentence, token });
      before = now;
    });
  });
  const ends = [...firstOf.keys()].filter((letter) => !'OBI'.includes(letter));
  if (ends.length === 0) return begins.I > begins.B ? 'IOB1' : 'IOB2';
  const evidence = (letter: string): SchemeEvidence => ({
    scheme: schemesWithEnds.filter((scheme) => letters[scheme].includes(letter)).join(' or '),
    ...firstOf.get(letter)!,
  });
  if (iob1) return { conflict: [iob1, evidence(ends[0]!)] };
  const used = [...firstOf.keys()].filter((letter) => letter !== 'O');
  const shared = (a: string, b: string) =>
    schemesWithEnds.some((scheme) => letters[scheme].includes(a) && letters[scheme].includes(b));
  for (const a of used) {
    const b = used.find((other) => !shared(a, other));
    if (b !== undefined) return { conflict: [evidence(a), evidence(b)] };
  }
  // Letters that go together by twos are all in one scheme.
  return schemesWithEnds.find((scheme) =>
    used.every((letter) => letters[scheme].includes(letter)),
  )!;
}

/** Tags that their scheme does not allow where they stand. */
export interface BrokenTags {
  count: number;
  chunks: number;
  /** The first of them. */
  first: { sentence: number; token: number };
}

/**
 * The tags that break the scheme of their file: a chunk that does not begin as the scheme begins one,
 * or in a scheme with ends does not end so. `chunksOfTags` reads them all the same.
 * @returns undefined where there are none, or one in a thousand chunks: the shared tasks' own files have
 *   one or two of the other IOB scheme
 */
export function brokenTags(
  sentences: readonly (readonly string[])[],
  scheme: TagScheme,
): BrokenTags | undefined {
  const hasEnds = scheme in letters;
  let chunks = 0;
  let count = 0;
  let first: BrokenTags['first'] | undefined;
  sentences.forEach((tags, sentence) => {
    const parts = [outside, ...tags.map((tag) => splitTag(tag)!), outside];
    tags.forEach((_, at) => {
      const [before, now, after] = parts.slice(at, at + 3) as [TagParts, TagParts, TagParts];
      const { position, type } = now;
      const touches = before.position !== 'O' && before.type === type;
      const isOpen = touches && before.position !== 'E' && before.position !== 'S';
      const goesOn = after.type === type && (after.position === 'I' || after.position === 'E');
      if (position === 'B' || position === 'S' || (position !== 'O' && !isOpen)) chunks++;
      const isBroken =
        scheme === 'IOB1'
          ? position === 'B' && !touches
          : ((position === 'I' || position === 'E') && !isOpen) ||
            (hasEnds && (position === 'B' || position === 'I') && !goesOn);
      if (!isBroken) return;
      count++;
      first ??= { sentence, token: at };
    });
  });
  return first && count * 1000 > chunks ? { count, chunks, first } : undefined;
}

/** The tags of `length` tokens with these chunks. */
export function tagsOfChunks(chunks: readonly Chunk[], length: number, scheme: TagScheme) {
  const tags = new Array<string>(length).fill('O');
  const [begin, inside, end, single] = scheme in letters ? letters[scheme as SchemeWithEnds] : 'BI';
  let before: Chunk | undefined;
  for (const chunk of chunks) {
    const { type, first, last } = chunk;
    const touches = before !== undefined && before.last === first - 1 && before.type === type;
    for (let token = first; token <= last; token++) tags[token] = `${inside}-${type}`;
    if (scheme !== 'IOB1' || touches) tags[first] = `${begin}-${type}`;
    if (end !== undefined) {
      tags[last] = `${end}-${type}`;
      if (first === last) tags[first] = `${single}-${type}`;
    }
    before = chunk;
  }
  return tags;
}

/** Tags of any scheme in another one: the same chunks. */
export function convertTags(tags: readonly string[], scheme: TagScheme): string[] {
  return tagsOfChunks(chunksOfTags(tags), tags.length, scheme);
}
