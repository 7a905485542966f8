import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { validateConfig, type ConfigValue } from '../runner/config/config.js';
import { notice } from '../runner/notice.js';
import {
  applySettings,
  overruled,
  sayRepeated,
  setKey,
  settingText,
  type Setting,
} from '../runner/config/settings.js';
import { quoted } from '../visible.js';

/** What an option of evaluation says of a key; undefined where it is not given. */
export interface EvaluationOption {
  option: string;
  key: string;
  value: ConfigValue | undefined;
}

/**
 * The config of a trained run with options and `--set`, which wins, for its evaluation.
 * @param keys that a trained model leaves open; keys within them may be set, too
 * @param say told of an option that does not count
 * @throws UsageError for another key, or a value that it does not take
 */
export function evaluatedConfig<Config extends object>(
  schema: z.ZodType<Config>,
  config: Config,
  settings: readonly Setting[] = [],
  keys: readonly string[],
  options: readonly EvaluationOption[] = [],
  say: (text: string) => void = notice,
): Config {
  const given = options.filter(({ value }) => value !== undefined);
  if (settings.length === 0 && given.length === 0) return config;
  for (const setting of settings) {
    const isOpen = keys.some((key) => setting.key === key || setting.key.startsWith(`${key}.`));
    if (isOpen) continue;
    throw new UsageError(
      `${settingText(setting)}: an evaluation can set ${keys.join(', ')}; ` +
        'all else is what the model was trained with',
    );
  }
  // A config is what YAML can hold.
  let asked = config as ConfigValue;
  for (const { key, value } of given) asked = setKey(asked, key, value);
  sayRepeated(settings, say);
  const changed = applySettings(schema, asked, settings, say);
  for (const { setting, value } of overruled(schema, asked, settings)) {
    const option = given.find(({ key }) => key === setting.key)?.option;
    if (option !== undefined) say(`${settingText(setting)} counts, not ${option} ${quoted(value)}`);
  }
  return validateConfig(schema, changed, settings.map(settingText).join(' '));
}
