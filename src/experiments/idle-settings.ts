import type { z } from 'zod';
import type { Notify } from '../data/readers/notices.js';
import { defaultOf, entryOf, schemaAt } from '../runner/config/schema-keys.js';
import { quoted } from '../visible.js';

/** Keys of a config, with dots, and why a value of theirs may have no effect. */
export type IdleKeys<Config> = Readonly<Record<string, (config: Config) => string | undefined>>;

/** Says of each key that is not as by default that it has no effect, where the rest makes it so. */
export function noticeIdle<Config extends object>(
  schema: z.ZodType<Config>,
  config: Config,
  keys: IdleKeys<Config>,
  notify: Notify,
): void {
  for (const [key, reasonOf] of Object.entries(keys)) {
    const path = key.split('.');
    const value = path.reduce<unknown>(entryOf, config);
    const usual = defaultOf(schemaAt(schema, path, config)!);
    const reason = value === usual ? undefined : reasonOf(config);
    if (reason !== undefined) notify(`${key} is ${quoted(value)}, without effect: ${reason}`);
  }
}
