import { Option } from 'commander';
import type { Flag } from '../experiments/experiment.js';

/** A flag as the command line's parser wants it. */
export function flagOption({ flag, description, choices, parse, default: value }: Flag): Option {
  const option = new Option(flag, description);
  if (choices) option.choices(choices);
  if (parse) option.argParser(parse);
  if (value !== undefined) option.default(value);
  return option;
}
