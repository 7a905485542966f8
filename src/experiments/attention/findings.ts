import { paperAttention } from '../../report/paper.js';
import { attentionKinds, type AttentionKind } from '../../layers/attention-kind.js';
import { meanOf } from '../claims.js';
import { languagePairs, type LanguagePair } from './config.js';
import { dataSetOf } from './data-used.js';
import { judgedSet, type AttentionResult } from './result.js';

/** The paper's findings, checked on the runs of one corpus without input feeding, in sentences. */
export function attentionFindings(all: readonly AttentionResult[]): string[] {
  const results = all.filter(({ config }) => !config.model.inputFeeding);
  return [...languagePairs.flatMap((pair) => closeness(results, pair)), ...sparsity(results)];
}

/** How far the attentions of a direction are apart. */
function closeness(results: readonly AttentionResult[], pair: LanguagePair): string[] {
  const scores = attentionKinds.flatMap((kind) => {
    const own = results.filter(({ config }) => isOf(config, pair, kind));
    return own.length > 0
      ? [{ kind, bleu: meanOf(own.map((run) => judgedSet(run).bleuTokens)) }]
      : [];
  });
  if (scores.length < 2) return [];
  const set = judgedSet(results.find(({ config }) => config.corpus.pair === pair)!).name;
  const known = results.some((result) => result.config.corpus.pair === pair && dataSetOf(result));
  const printed = Object.values(paperAttention.rows).map((row) => row[pair]);
  const papers =
    `; the paper's three lie within ${(Math.max(...printed) - Math.min(...printed)).toFixed(2)} ` +
    'on its corpus';
  const [best, worst] = [...scores]
    .sort((a, b) => b.bleu - a.bleu)
    .flatMap((one, at, all) => (at === 0 || at === all.length - 1 ? [one] : []));
  return [
    `${pair}: ${scores.length} attentions lie within ${(best!.bleu - worst!.bleu).toFixed(2)} BLEU ` +
      `on ${set}, ${best!.kind} first and ${worst!.kind} last${known ? papers : ''}.`,
  ];
}

/** Which attention leaves out words altogether. */
function sparsity(results: readonly AttentionResult[]): string[] {
  const shares = attentionKinds.flatMap((kind) => {
    const own = results.filter(({ config }) => config.model.attention === kind);
    if (own.length === 0) return [];
    const zeros = (100 * meanOf(own.map(({ attention }) => attention.zeros))).toFixed(1);
    return [`${zeros} % with ${kind}`];
  });
  return shares.length > 0 ? [`Attention weights that are exactly 0: ${shares.join(', ')}.`] : [];
}

const isOf = (config: AttentionResult['config'], pair: LanguagePair, kind: AttentionKind) =>
  config.corpus.pair === pair && config.model.attention === kind;
