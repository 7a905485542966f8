import { Command } from 'commander';
import { trainNerCommand } from './train-ner.js';

/** `didyprog train`: the experiments that train one model. */
export function trainCommand(): Command {
  return new Command('train')
    .description('Train a model: named entity recognition')
    .addCommand(trainNerCommand());
}
