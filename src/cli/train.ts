import { Command } from 'commander';
import { restartWithKeptMemory } from '../runner/kept-memory.js';
import { trainAttentionCommand } from './train-attention.js';
import { trainNerCommand } from './train-ner.js';

/** `didyprog train`: the experiments that train one model. */
export function trainCommand(): Command {
  return new Command('train')
    .description('Train a model: named entity recognition, translation')
    .addHelpText(
      'after',
      `
Examples:
  didyprog train ner
  didyprog train attention --corpus synthetic`,
    )
    .hook('preAction', restartWithKeptMemory)
    .addCommand(trainNerCommand())
    .addCommand(trainAttentionCommand());
}
