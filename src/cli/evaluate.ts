import { Command, Option } from 'commander';
import { readConll } from '../data/conll.js';
import { chooseEngine } from '../engine/index.js';
import type { NerConfig } from '../experiments/ner/config.js';
import { loadCorpus, type Split } from '../experiments/ner/corpus.js';
import { evaluate } from '../experiments/ner/run.js';
import { loadTagger } from '../experiments/ner/saved-model.js';
import { evaluationTable } from '../experiments/ner/tables.js';
import { tableToText } from '../report/table.js';
import { dataFolderOf } from './data-folder.js';

interface EvaluateFlags {
  data?: string;
  split: Split;
  file?: string;
  decode?: NerConfig['decode'];
  backend?: 'tensorflow' | 'wasm' | 'cpu';
  json?: boolean;
}

/** `didyprog evaluate`: the scores of a trained tagger. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Score the tagger of a run, on a part of its corpus or a file of your own')
    .argument('<run>', 'the run directory of didyprog train ner')
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .addOption(
      new Option('--split <name>', 'the part of the corpus')
        .choices(['test', 'development', 'train'])
        .default('test'),
    )
    .option('--file <path>', 'a CoNLL column file instead')
    .addOption(
      new Option('--decode <name>', 'how tags are predicted (default: as the run says)').choices([
        'viterbi',
        'marginals',
      ]),
    )
    .addOption(
      new Option('--backend <name>', 'force an engine').choices(['tensorflow', 'wasm', 'cpu']),
    )
    .option('--json', 'print the scores as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog evaluate runs/ner-en
  didyprog evaluate runs/ner-en --split development --decode marginals
  didyprog evaluate runs/ner-en --file mine.conll --json`,
    )
    .action(async (run: string, flags: EvaluateFlags) => {
      const tagger = await loadTagger(run);
      const engine = await chooseEngine({ backend: flags.backend });
      process.stderr.write(`${engine.reason}\n`);
      const sentences = flags.file
        ? (await readConll(flags.file)).sentences
        : (await loadCorpus(tagger.config, dataFolderOf(flags.data)))[flags.split];
      const decode = flags.decode ?? tagger.config.decode;
      const scores = evaluate(tagger, sentences, { ...tagger.config, decode });
      const name = `${flags.file ?? flags.split}, ${sentences.length} sentences, ${decode}`;
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(scores)}\n`
          : `${tableToText(evaluationTable(name, scores))}\n`,
      );
    });
}
