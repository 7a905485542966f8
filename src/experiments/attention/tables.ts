import type { Table } from '../../report/table.js';
import type { AttentionResult } from './run.js';

/** The table of one run. */
export function attentionRunTable(result: AttentionResult): Table {
  const { config, development, tests, training, sizes, provenance, attention } = result;
  const { corpus, model, decoding } = config;
  const score = (value: number) => value.toFixed(2);
  return {
    caption: `${corpus.source} ${corpus.pair}, attention ${model.attention}`,
    columns: [
      'test set',
      ...['BLEU, tokens', 'BLEU, 13a', 'BLEU, 13a lower-cased', 'brevity', 'perplexity'].map(
        (heading) => ({ heading, align: 'right' as const }),
      ),
    ],
    rows: [development, ...tests].map((set) => [
      `${set.name} (${set.sentences})`,
      score(set.bleuTokens),
      score(set.bleu13aCased),
      score(set.bleu13aLowercased),
      set.brevityPenalty.toFixed(3),
      'perplexity' in set ? score(set.perplexity as number) : '',
    ]),
    notes: [
      `Beam ${decoding.beam}; best epoch ${training.bestEpoch} of ${training.epochs} by ` +
        `development BLEU; ${sizes.training} training pairs, ${sizes.source} and ${sizes.target} ` +
        `words known; no input feeding.`,
      `Attention: ${(100 * attention.zeros).toFixed(1)} % exact zeros, ` +
        `${attention.blocks.toFixed(2)} blocks a word (${attention.visibleBlocks.toFixed(2)} above 0.1).`,
      ...(corpus.source === 'synthetic'
        ? ['Generated number names and dates: nothing here is a result about real text.']
        : []),
      `Run: ${provenance.command}; config ${provenance.configHash}, commit ${provenance.commit}, ` +
        `engine ${provenance.engine}, seed ${provenance.seed}, ${training.seconds} s.`,
    ],
  };
}
