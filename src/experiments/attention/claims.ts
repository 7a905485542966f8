import { attentionKinds, type AttentionKind } from '../../layers/attention-kind.js';
import { meanOf, type Claim } from '../results/claims.js';
import { pairOf } from './languages.js';
import { judgedSet, type AttentionResult } from './result.js';

/** The attentions of the paper's table. */
const papers = ['softmax', 'crf-negentropy', 'crf-l2'] as const satisfies AttentionKind[];

/** The paper's findings on attention, held against the runs without input feeding. */
export function attentionClaims(all: readonly AttentionResult[]): Claim[] {
  const results = all.filter(({ config }) => !config.model.inputFeeding);
  const pairs = [...new Set(results.map(({ config }) => pairOf(config.corpus)))];
  const spreads = pairs.flatMap((pair) => spreadOf(results, pair));
  const zeros = attentionKinds.flatMap((kind) => {
    const own = results.filter(({ config }) => config.model.attention === kind);
    return own.length === 0
      ? []
      : [{ kind, share: 100 * meanOf(own.map(({ attention }) => attention.zeros)) }];
  });
  const share = (wanted: AttentionKind) => zeros.find(({ kind }) => kind === wanted)?.share;
  const [sparse, dense] = [share('crf-l2'), share('softmax')];
  const both = sparse !== undefined && dense !== undefined;
  return [
    {
      claim: 'the three attentions are alike: within 1 BLEU in each direction',
      measured: spreads
        .map(
          ({ pair, spread, best, worst }) =>
            `${pair}: within ${spread.toFixed(2)}, ${best} first and ${worst} last`,
        )
        .join('; '),
      holds: spreads.length > 0 ? spreads.every(({ spread }) => spread <= 1) : undefined,
    },
    {
      claim: 'crf-l2 attends sparsely',
      measured: both
        ? `exactly 0: ${zeros.map(({ kind, share }) => `${share.toFixed(1)} % with ${kind}`).join(', ')}`
        : '',
      holds: both ? sparse > dense + 10 : undefined,
    },
  ];
}

/** How far the paper's attentions are apart in a direction; nothing unless all of them were run. */
function spreadOf(results: readonly AttentionResult[], pair: string) {
  const scores = papers
    .map((kind) => ({
      kind,
      bleu: meanOf(
        results
          .filter(({ config }) => pairOf(config.corpus) === pair && config.model.attention === kind)
          .map((run) => judgedSet(run).bleuTokens),
      ),
    }))
    .sort((a, b) => b.bleu - a.bleu);
  const [best, worst] = [scores[0]!, scores.at(-1)!];
  return scores.some(({ bleu }) => Number.isNaN(bleu))
    ? []
    : [{ pair, spread: best.bleu - worst.bleu, best: best.kind, worst: worst.kind }];
}
