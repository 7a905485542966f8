import { Option } from 'commander';
import type { z } from 'zod';
import type { Flag } from '../experiments/experiment.js';
import { descriptionOf, schemaAt, valuesOf } from '../runner/config/schema-keys.js';

/**
 * A flag as the command line's parser wants it.
 * @param config what tells of its key what the flag leaves open
 */
export function flagOption(flag: Flag, config?: z.core.$ZodType): Option {
  const { parse, default: value } = flag;
  const path = (flag.key ?? flag.about)?.split('.');
  const schema = path && config && schemaAt(config, path);
  const option = new Option(flag.flag, flag.description ?? (schema && descriptionOf(schema)));
  const choices = flag.choices ?? (schema && !parse ? valuesOf(schema) : undefined);
  if (choices) option.choices(choices);
  if (parse) option.argParser(parse);
  if (value !== undefined) option.default(value);
  return option;
}
