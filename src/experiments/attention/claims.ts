import { meanOf, type Claim } from '../claims.js';
import { pairOf } from './languages.js';
import { judgedSet, type AttentionResult } from './result.js';

/** The paper's findings on attention, held against runs. */
export function attentionClaims(results: readonly AttentionResult[]): Claim[] {
  const of = (pair: string, attention: string) =>
    results.filter(
      ({ config }) => pairOf(config.corpus) === pair && config.model.attention === attention,
    );
  const bleu = (runs: readonly AttentionResult[]) =>
    meanOf(runs.map((run) => judgedSet(run).bleuTokens));
  const spreads = [...new Set(results.map(({ config }) => pairOf(config.corpus)))].flatMap(
    (pair) => {
      const scores = ['softmax', 'crf-negentropy', 'crf-l2'].map((kind) => bleu(of(pair, kind)));
      return scores.some(Number.isNaN)
        ? []
        : [{ pair, spread: Math.max(...scores) - Math.min(...scores) }];
    },
  );
  const zeros = (attention: string) =>
    results
      .filter(({ config }) => config.model.attention === attention)
      .map((result) => 100 * result.attention.zeros);
  const [sparse, dense] = [zeros('crf-l2'), zeros('softmax')];
  const both = sparse.length > 0 && dense.length > 0;
  return [
    {
      claim: 'the three attentions are alike: within 1 BLEU in each direction',
      measured: spreads
        .map(({ pair, spread }) => `${pair}: within ${spread.toFixed(2)}`)
        .join(', '),
      holds: spreads.length > 0 ? spreads.every(({ spread }) => spread <= 1) : undefined,
    },
    {
      claim: 'crf-l2 attends sparsely',
      measured: both
        ? `exactly 0: ${meanOf(sparse).toFixed(1)} % with crf-l2, ${meanOf(dense).toFixed(1)} % with softmax`
        : '',
      holds: both ? meanOf(sparse) > meanOf(dense) + 10 : undefined,
    },
  ];
}
