/**
 * How tags write the chunks (entities) of a sentence. IOB1: I-X, and B-X only where a chunk follows
 * one of its own type directly. IOB2: every chunk begins with B-X. IOBES: B-X … E-X, or S-X.
 */
export type TagScheme = 'IOB1' | 'IOB2' | 'IOBES';

/** A chunk of a sentence: the tokens first … last, both included. */
export interface Chunk {
  type: string;
  first: number;
  last: number;
}

const tagPattern = /^(?:O|([BIES])-(.+))$/s;

/** Whether a tag is O, or B-, I-, E- or S- and a type. */
export function isTag(tag: string): boolean {
  return tagPattern.test(tag);
}

/** Prefix and type of a tag; those of O are 'O' and ''. */
export function splitTag(tag: string): { prefix: string; type: string } {
  const [, prefix = 'O', type = ''] = tagPattern.exec(tag) ?? [];
  return { prefix, type };
}

/** A tag that decides which scheme a file has, or that no scheme allows there. */
export interface SchemeEvidence {
  scheme: TagScheme;
  sentence: number;
  token: number;
}

/**
 * Which scheme sentences are tagged in, by how most chunks begin: the shared tasks' own files have a
 * few tags of the other IOB scheme, which all schemes read alike. Without a chunk, IOB2.
 *
 * @returns the scheme, or two tags that contradict each other: IOBES beside chunks that begin by I-
 */
export function recogniseScheme(
  sentences: readonly (readonly string[])[],
): TagScheme | { conflict: [SchemeEvidence, SchemeEvidence] } {
  const begins = { I: 0, B: 0 };
  let iob1: SchemeEvidence | undefined;
  let iobes: SchemeEvidence | undefined;
  sentences.forEach((tags, sentence) => {
    let before = { prefix: 'O', type: '' };
    tags.forEach((tag, token) => {
      const now = splitTag(tag);
      const continues = before.prefix !== 'O' && before.type === now.type;
      if (now.prefix === 'E' || now.prefix === 'S') {
        iobes ??= { scheme: 'IOBES', sentence, token };
      } else if (now.prefix === 'I' && !continues) {
        iob1 ??= { scheme: 'IOB1', sentence, token };
        begins.I++;
      } else if (now.prefix === 'B' && !continues) {
        begins.B++;
      }
      before = now;
    });
  });
  if (iob1 && iobes) return { conflict: [iob1, iobes] };
  if (iobes) return 'IOBES';
  return begins.I > begins.B ? 'IOB1' : 'IOB2';
}

/**
 * The chunks that well-formed tags write, in order; tags that are not are read as the CoNLL scorer
 * reads them: a chunk begins wherever the type changes, and after E and S.
 */
export function chunksOfTags(tags: readonly string[]): Chunk[] {
  const chunks: Chunk[] = [];
  let open: Chunk | undefined;
  let before = 'O';
  tags.forEach((tag, token) => {
    const { prefix, type } = splitTag(tag);
    const begins =
      open?.type !== type || prefix === 'B' || prefix === 'S' || before === 'E' || before === 'S';
    if (prefix === 'O') {
      open = undefined;
    } else if (!open || begins) {
      open = { type, first: token, last: token };
      chunks.push(open);
    } else {
      open.last = token;
    }
    before = prefix;
  });
  return chunks;
}

/** The tags of `length` tokens with these chunks. */
export function tagsOfChunks(chunks: readonly Chunk[], length: number, scheme: TagScheme) {
  const tags = new Array<string>(length).fill('O');
  let before: Chunk | undefined;
  for (const chunk of chunks) {
    const { type, first, last } = chunk;
    const touches = before !== undefined && before.last === first - 1 && before.type === type;
    for (let token = first; token <= last; token++) tags[token] = `I-${type}`;
    if (scheme !== 'IOB1' || touches) tags[first] = `B-${type}`;
    if (scheme === 'IOBES') {
      tags[last] = `E-${type}`;
      if (first === last) tags[first] = `S-${type}`;
    }
    before = chunk;
  }
  return tags;
}

/** Tags of any scheme in another one: the same chunks. */
export function convertTags(tags: readonly string[], scheme: TagScheme): string[] {
  return tagsOfChunks(chunksOfTags(tags), tags.length, scheme);
}
