import { approximateRandomisation, pairedBootstrap } from '../../metrics/significance.js';
import { groupBy } from '../../report/group-by.js';
import { right, type Table } from '../../report/table.js';
import { signed } from './claims.js';
import type { Place } from './places.js';
import {
  readSentenceScores,
  scoreKinds,
  testScoresFile,
  type SentenceScores,
} from './sentence-scores.js';

export interface PlacedRun extends Place {
  path: string;
  seed: number;
}

/** A row against the reference of its table, by one score. */
interface Difference {
  table: string;
  row: string;
  /** The row that it is held against. */
  against: string;
  score: string;
  /** Pairs of runs: of the same seeds, where both rows have some. */
  pairs: number;
  /** Runs of the row of more runs. */
  runs: number;
  /** Mean score over the pairs, less that of the reference. */
  difference: number;
  p: number;
  /** Whether all exchanges of the sentences were counted, instead of random ones. */
  exact: boolean;
  kind: SentenceScores['kind'];
}

/** Differences, and why others have no test. */
export interface Differences {
  tested: Difference[];
  notes: string[];
}

/**
 * Holds every row of each table against its reference, or its first row where none is one, by what the
 * runs kept of each sentence: F1 by approximate randomisation, BLEU by a paired bootstrap.
 *
 * Sentences are the units. Over several seeds the score is the mean over the pairs of runs, and a
 * sentence changes sides, or is drawn, in all of them at once.
 * @throws DataError for a test-scores.json that cannot be read
 */
export async function differencesOf(runs: readonly PlacedRun[]): Promise<Differences> {
  const kept = new Map<string, SentenceScores[]>();
  const without: string[] = [];
  for (const { path } of runs) {
    const scores = await readSentenceScores(path);
    if (scores) kept.set(path, scores);
    else without.push(path);
  }
  const tested: Difference[] = [];
  const notes = without.length > 0 ? [withoutText(without, runs.length)] : [];
  for (const own of groupBy(runs, ({ table }) => table).values()) {
    const rows = [...groupBy(own, ({ row }) => row).values()];
    const reference = rows.find(([first]) => first!.isReference) ?? rows[0]!;
    for (const other of rows.filter((row) => row !== reference)) {
      const found = heldAgainst(reference, other, kept);
      if (typeof found === 'string') notes.push(found);
      else tested.push(...found);
    }
  }
  return { tested, notes };
}

function withoutText(paths: readonly string[], all: number): string {
  const which = paths.length === all ? 'the runs' : paths.join(', ');
  return (
    `No test for ${which}: no counts of each sentence are there (${testScoresFile}); ` +
    'version 0.1.0 kept none, and aligners keep none.'
  );
}

/** The scores of one row against another; nothing where some run kept none, text where they cannot. */
function heldAgainst(
  reference: readonly PlacedRun[],
  other: readonly PlacedRun[],
  kept: ReadonlyMap<string, readonly SentenceScores[]>,
): Difference[] | string {
  const pairs = pairsOf(reference, other).filter((pair) =>
    pair.every(({ path }) => kept.has(path)),
  );
  if (pairs.length === 0) return [];
  const { table, row } = other[0]!;
  const against = reference[0]!.row;
  const runs = Math.max(reference.length, other.length);
  const found: Difference[] = [];
  for (const { name, kind, sentences } of kept.get(pairs[0]![0].path)!) {
    const counts = pairs.map((pair) =>
      pair.map(({ path }) =>
        kept.get(path)!.find((one) => one.name === name && one.sentences === sentences),
      ),
    );
    if (counts.flat().some((one) => one === undefined)) continue;
    const [a, b] = [0, 1].map((side) => beside(counts.map((pair) => pair[side]!.counts)));
    const score = meanScore(kind, pairs.length);
    const test = tests[kind]({ a: a!, b: b!, score });
    found.push({ table, row, against, score: name, pairs: pairs.length, runs, kind, ...test });
  }
  return found.length > 0
    ? found
    : `No test of ${row} against ${against}: they were not scored on the same sentences.`;
}

/** Runs of the same seeds; where no seed is in both rows, runs in their order. */
function pairsOf(reference: readonly PlacedRun[], other: readonly PlacedRun[]) {
  const same = reference.flatMap((a) => {
    const b = other.find(({ seed }) => seed === a.seed);
    return b ? [[a, b] as const] : [];
  });
  if (same.length > 0) return same;
  return reference.slice(0, other.length).map((a, at) => [a, other[at]!] as const);
}

/** The counts of several runs on a sentence as one row. */
const beside = (runs: readonly (readonly (readonly number[])[])[]) =>
  runs[0]!.map((_, sentence) => runs.flatMap((counts) => counts[sentence]!));

const meanScore = (kind: SentenceScores['kind'], runs: number) => (sums: readonly number[]) => {
  const { width, of } = scoreKinds[kind];
  let sum = 0;
  for (let run = 0; run < runs; run++) sum += of(sums.slice(run * width, (run + 1) * width));
  return sum / runs;
};

type Counts = Parameters<typeof approximateRandomisation>[0];

const tests = {
  F1(counts: Counts) {
    const { difference, p, exact } = approximateRandomisation(counts);
    return { difference, p, exact };
  },
  BLEU(counts: Counts) {
    const { difference, p } = pairedBootstrap(counts);
    return { difference: difference.score, p, exact: false };
  },
};

/** The differences as a table; only its notes where there are none to show. */
export function differencesTable({ tested, notes }: Differences): Table | undefined {
  if (tested.length === 0) return undefined;
  const scores = [...new Set(tested.map(({ score }) => score))];
  const tables = new Set(tested.map(({ table }) => table));
  const references = [...new Set(tested.map(({ against }) => against))];
  const hasSeeds = tested.some(({ runs }) => runs > 1);
  const byRow = groupBy(tested, ({ table, row }) => JSON.stringify([table, row]));
  return {
    caption: `Difference from ${references.length === 1 ? `‘${references[0]!}’` : 'the reference'}`,
    columns: [
      ...(tables.size > 1 ? ['data'] : []),
      'row',
      ...(references.length > 1 ? ['against'] : []),
      ...(hasSeeds ? [right('seeds')] : []),
      ...scores.flatMap((score) => [
        right(score),
        right(scores.length === 1 ? 'p' : `p, ${score}`),
      ]),
    ],
    rows: [...byRow.values()].map((own) => [
      ...(tables.size > 1 ? [own[0]!.table] : []),
      own[0]!.row,
      ...(references.length > 1 ? [own[0]!.against] : []),
      ...(hasSeeds ? [String(own[0]!.pairs)] : []),
      ...scores.flatMap((score) => {
        const one = own.find((found) => found.score === score);
        return one ? [signed(one.difference), pText(one.p)] : ['–', '–'];
      }),
    ]),
    notes: [
      ...exchangesOf(tested.filter(({ kind }) => kind === 'F1')),
      ...(tested.some(({ kind }) => kind === 'BLEU') ? [methods.BLEU] : []),
      ...(hasSeeds ? [overSeeds] : []),
      ...(tested.length > 1 ? [`p is not corrected for the ${tested.length} comparisons.`] : []),
      ...notes,
    ],
  };
}

const pText = (p: number) => (p < 0.00005 ? '< 0.0001' : p.toFixed(4));

/** How p of F1 was found. */
function exchangesOf(tested: readonly Difference[]): string[] {
  const random = '10000 trials both systems change places in each sentence by a fair coin';
  const all = 'exchanges of the sentences that differ are counted';
  const exact = tested.filter((one) => one.exact).length;
  if (tested.length === 0) return [];
  if (exact === tested.length) return [`${methods.F1}: all ${all}.`];
  const few = exact > 0 ? `; where there are no more than 10000, all ${all}` : '';
  return [`${methods.F1}: in ${random}${few}.`];
}

const methods = {
  F1: 'p of F1: approximate randomisation, two-sided (Noreen 1989, Yeh 2000)',
  BLEU: 'p of BLEU: paired bootstrap of the sentences, 1000 resamples, two-sided (Koehn 2004).',
};

const overSeeds =
  'Over seeds: the difference of the means over the seeds that both rows have; a sentence changes ' +
  'sides, or is drawn, in all their runs at once. p is about the choice of sentences, ± about the choice ' +
  'of seeds.';
