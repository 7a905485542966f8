import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { validateConfig, type ConfigValue } from '../runner/config.js';
import { notice } from '../runner/notice.js';
import { applySettings, settingText, type Setting } from '../runner/settings.js';

/**
 * The config of a trained run with `--set`, for its evaluation.
 * @param keys that a trained model leaves open; keys within them may be set, too
 * @throws UsageError for another key, or a value that it does not take
 */
export function evaluatedConfig<Config extends object>(
  schema: z.ZodType<Config>,
  config: Config,
  settings: readonly Setting[] = [],
  keys: readonly string[],
): Config {
  if (settings.length === 0) return config;
  for (const setting of settings) {
    const isOpen = keys.some((key) => setting.key === key || setting.key.startsWith(`${key}.`));
    if (isOpen) continue;
    throw new UsageError(
      `${settingText(setting)}: an evaluation can set ${keys.join(', ')}; ` +
        'all else is what the model was trained with',
    );
  }
  // A config is what YAML can hold.
  const changed = applySettings(schema, config as ConfigValue, settings, notice);
  return validateConfig(schema, changed, settings.map(settingText).join(' '));
}
