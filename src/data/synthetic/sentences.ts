import { SeededRandom } from '../../random.js';
import type { TaggedSentence } from '../readers/text/conll.js';
import type { Chunk } from '../../metrics/chunks.js';
import { tagsOfChunks } from '../readers/text/tag-scheme.js';

/** How many sentences to generate, and the seed that determines them. */
export interface SyntheticCorpusOptions {
  train: number;
  development: number;
  test: number;
  seed: number;
}

type EntityType = 'PER' | 'LOC' | 'ORG';

/** Names are built from these, so that the evaluation sentences have names that training has not. */
const onsets = ['b', 'br', 'd', 'f', 'g', 'gr', 'h', 'k', 'l', 'm', 'n', 'p', 'r', 's', 'st', 'v'];
const vowels = ['a', 'e', 'i', 'o', 'u', 'ai', 'ou'];
const codas = ['', '', 'l', 'n', 'r', 's', 'm'];
const placeEndings = ['burg', 'ton', 'ville', 'stad', 'ia'];
const surnameEndings = ['son', 'er', 'ov', 'ez', 'man'];
const givenNames =
  'Ada Alan Barbara Carl Emmy Felix Grace Ivan Jana Kurt Lea Maria Nils Olga Paul Rosa'.split(' ');
const companyEndings = 'Corp Ltd Group Bank Motors'.split(' ');

/**
 * Sentences by pattern: capitals are slots. PER, LOC and ORG are entities; ANY is an entity of any
 * type, which only its own form can tell; NAME is a capitalised word that is none.
 */
const patterns = [
  'PER said on DAY that ORG would ADJ open an office in LOC .',
  'PER , who lives in LOC , joined ORG in NUM .',
  'ORG shares rose NUM percent in LOC on DAY .',
  'the talks between LOC and LOC ended on DAY .',
  'PER beat PER NUM - NUM in LOC .',
  'ANY won the ADJ match against ANY .',
  'ANY is ADJ , PER told ORG .',
  'a spokesman for ORG declined to comment on ANY .',
  'LOC NUM , LOC NUM',
  'police in LOC said NUM people were ADJ .',
  'the NAME prize went to PER of ORG .',
  'NAME prices fell , ORG and ORG said .',
  'on DAY ANY was ADJ after ANY lost NUM games .',
  'nothing ADJ happened on DAY .',
  'it was a ADJ DAY for NAME fans .',
].map((pattern) => pattern.split(' '));

const days = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');
const adjectives = 'late new quiet early hurt strong weak public busy certain'.split(' ');
const capitalised = 'Summer Winter Grand Oil Cup Gold Open Coffee'.split(' ');

/**
 * Generated sentences with persons, places and organisations, tagged in IOBES: the same for the
 * same options, on every machine. Names share parts among the types, some contexts fit every type,
 * and a tenth of the places are named like persons, so that no tagger is perfect; the development
 * and test sentences draw half of their names from ones that training has not.
 */
export function syntheticCorpus(options: SyntheticCorpusOptions) {
  const random = new SeededRandom(options.seed);
  const known = new NameBook(random, 150);
  const unseen = new NameBook(random, 600);
  const draw = (count: number, newNames: number) =>
    Array.from({ length: count }, () =>
      sentence(random, () => (random.chance(newNames) ? unseen : known)),
    );
  return {
    train: draw(options.train, 0.1),
    development: draw(options.development, 0.5),
    test: draw(options.test, 0.5),
  };
}

class NameBook {
  readonly #surnames: string[];
  readonly #places: string[];

  constructor(random: SeededRandom, size: number) {
    const names = (endings: readonly string[]) =>
      Array.from({ length: size }, () => {
        const stem = syllable(random) + (random.chance(0.4) ? syllable(random) : '');
        // A third of the names end as those of the other type may.
        const ending = random.chance(0.67) ? random.pick(endings) : syllable(random);
        return stem[0]!.toUpperCase() + stem.slice(1) + ending;
      });
    this.#surnames = names(surnameEndings);
    this.#places = names(placeEndings);
  }

  entity(type: EntityType, random: SeededRandom): string[] {
    const surname = random.pick(this.#surnames);
    const place = random.chance(0.1) ? surname : random.pick(this.#places);
    switch (type) {
      case 'PER':
        return random.chance(0.5) ? [random.pick(givenNames), surname] : [surname];
      case 'LOC':
        return random.chance(0.15) ? [random.pick(['New', 'North', 'San']), place] : [place];
      case 'ORG':
        if (random.chance(0.2)) return [surname.slice(0, 3).toUpperCase()];
        if (random.chance(0.15)) return ['Bank', 'of', place];
        return random.chance(0.8)
          ? [random.chance(0.5) ? surname : place, random.pick(companyEndings)]
          : [place];
    }
  }
}

function syllable(random: SeededRandom): string {
  return random.pick(onsets) + random.pick(vowels) + random.pick(codas);
}

function sentence(random: SeededRandom, names: () => NameBook): TaggedSentence {
  const words: string[] = [];
  const chunks: Chunk[] = [];
  for (const slot of random.pick(patterns)) {
    switch (slot) {
      case 'PER':
      case 'LOC':
      case 'ORG':
      case 'ANY': {
        const type = slot === 'ANY' ? random.pick(['PER', 'LOC', 'ORG'] as const) : slot;
        const first = words.length;
        words.push(...names().entity(type, random));
        chunks.push({ type, first, last: words.length - 1 });
        break;
      }
      case 'DAY':
        words.push(random.pick(days));
        break;
      case 'ADJ':
        words.push(random.pick(adjectives));
        break;
      case 'NAME':
        words.push(random.pick(capitalised));
        break;
      case 'NUM':
        words.push(String(Math.floor(random.between(1, 100))));
        break;
      default:
        words.push(slot);
    }
  }
  return { words, tags: tagsOfChunks(chunks, words.length, 'IOBES') };
}
