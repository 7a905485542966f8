import { z } from 'zod';

/** Values by names that come from data. Without a prototype: `__proto__` is a name like any other. */
export type NamedValues<Value> = Record<string, Value>;

/** An object of these entries that has no keys but theirs. */
export function namedValues<Value>(
  entries: Iterable<readonly [string, Value]> = [],
): NamedValues<Value> {
  const values = Object.create(null) as NamedValues<Value>;
  for (const [name, value] of entries) values[name] = value;
  return values;
}

/** The schema of an object with any keys. z.record would leave `__proto__` out. */
export function namedValuesSchema<Schema extends z.ZodType>(schema: Schema) {
  return z.unknown().transform((input, context): NamedValues<z.output<Schema>> => {
    const values = namedValues<z.output<Schema>>();
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      context.addIssue({ code: 'custom', message: 'expected an object', input });
      return z.NEVER;
    }
    for (const [name, value] of Object.entries(input)) {
      const parsed = schema.safeParse(value);
      if (parsed.success) values[name] = parsed.data;
      else {
        for (const { path, message } of parsed.error.issues) {
          context.addIssue({ code: 'custom', message, input, path: [name, ...path] });
        }
      }
    }
    return values;
  });
}
