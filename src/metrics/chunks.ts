import { checkList } from '../value-checks.js';
import { quoted } from '../visible.js';

/** A chunk of a sentence: the tokens first … last, both included. */
export interface Chunk {
  type: string;
  first: number;
  last: number;
}

/**
 * What a tag says of its token: outside, or at the begin, inside or end of a chunk, or a whole chunk
 * by itself.
 */
type Position = 'O' | 'B' | 'I' | 'E' | 'S';

/** The letters of all schemes. BILOU has L(ast) and U(nit), BMES and BMEWO M(iddle) and W(hole). */
const positions = new Map<string, Position>([
  ...(['B', 'I', 'E', 'S'] as const).map((letter) => [letter, letter] as const),
  ['M', 'I'],
  ['L', 'E'],
  ['U', 'S'],
  ['W', 'S'],
]);

/** A tag in parts; type and letter of O are '' and 'O'. */
export interface TagParts {
  position: Position;
  type: string;
  /** The letter that the tag itself writes. */
  letter: string;
}

const outside: TagParts = { position: 'O', type: '', letter: 'O' };
/** Tags are few: each is taken apart once. */
const known = new Map<string, TagParts | undefined>();

/** The parts of O, or of a letter, - and a type; undefined for what is no tag of any scheme. */
export function splitTag(tag: string): TagParts | undefined {
  if (tag === 'O') return outside;
  if (known.has(tag)) return known.get(tag);
  const position = tag[1] === '-' && tag.length > 2 ? positions.get(tag[0]!) : undefined;
  const parts = position && { position, type: tag.slice(2), letter: tag[0]! };
  if (known.size < 10_000) known.set(tag, parts);
  return parts;
}

/**
 * The chunks that tags of any scheme write, in order. Sequences that are not well-formed are read as
 * the scorer of the CoNLL shared tasks reads them: a chunk begins wherever the type changes, and
 * after an end.
 * @throws RangeError for what is no tag, with `name` and its place; TypeError for what is no list
 *
 * Source: conlleval of 2004-01-26, which knows no chunk of one token: S is one here, as in its later
 * ports.
 */
export function chunksOfTags(tags: readonly string[], name = 'tags'): Chunk[] {
  const chunks: Chunk[] = [];
  let open: Chunk | undefined;
  let before: Position = 'O';
  checkList(name, tags, 'a list of tags');
  // Without the types there may be holes, or what is no text.
  for (const [token, tag] of tags.entries()) {
    const parts = typeof tag === 'string' ? splitTag(tag) : undefined;
    if (!parts) {
      throw new RangeError(
        `${name}[${token}] is ${quoted(tag)}: a tag is O, or one of B I E S L U M W, - and the chunk's type`,
      );
    }
    const { position, type } = parts;
    if (position === 'O') {
      open = undefined;
    } else if (
      open?.type !== type ||
      position === 'B' ||
      position === 'S' ||
      before === 'E' ||
      before === 'S'
    ) {
      open = { type, first: token, last: token };
      chunks.push(open);
    } else {
      open.last = token;
    }
    before = position;
  }
  return chunks;
}
