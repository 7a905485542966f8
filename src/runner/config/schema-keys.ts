import { z } from 'zod';
import { nearest } from '../../nearest.js';

/** What a schema wraps: `.optional()`, `.default()` and the like change no keys. */
function inner(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodReadonly
  ) {
    return schema.def.innerType;
  }
  if (schema instanceof z.ZodPipe) return schema.def.in;
  return schema instanceof z.ZodLazy ? schema.def.getter() : undefined;
}

/** The schema inside all wrappers. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const within = inner(schema);
  return within ? unwrapped(within) : schema;
}

/** What the schema says of itself, or what it wraps. */
export function descriptionOf(schema: z.core.$ZodType): string | undefined {
  const own = z.globalRegistry.get(schema)?.description;
  const within = inner(schema);
  return own ?? (within && descriptionOf(within));
}

/** The values of a schema that names them. */
export function valuesOf(schema: z.core.$ZodType): string[] | undefined {
  const plain = unwrapped(schema);
  return plain instanceof z.ZodEnum ? plain.options.map(String) : undefined;
}

/** The value of a key that is left out; undefined for a key without a default. */
export function defaultOf(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodDefault) return schema.def.defaultValue;
  const within = inner(schema);
  return within && !(schema instanceof z.ZodPrefault) ? defaultOf(within) : undefined;
}

/** Whether a value is one that the schema takes. */
export const accepts = (schema: z.core.$ZodType, value: unknown) =>
  z.safeParse(schema, value).success;

/** The keys of a schema's objects with their schemas; of a union, those of every kind that has the value's. */
export function keysOf(schema: z.core.$ZodType, value?: unknown): Map<string, z.core.$ZodType> {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodObject) return new Map(Object.entries(plain.shape));
  if (!(plain instanceof z.ZodUnion)) return new Map();
  const keys = new Map<string, z.core.$ZodType>();
  for (const option of kindsOf(plain, value)) {
    for (const [key, one] of keysOf(option)) if (!keys.has(key)) keys.set(key, one);
  }
  return keys;
}

/** The key that tells the kinds of a union from each other: `source`, `kind`. */
export function discriminatorOf(schema: z.core.$ZodType): string | undefined {
  const plain = unwrapped(schema);
  return plain instanceof z.ZodDiscriminatedUnion ? plain.def.discriminator : undefined;
}

/** The kinds of a union that a value may be: one when it says which, else all. */
function kindsOf(union: z.ZodUnion, value: unknown): readonly z.core.$ZodType[] {
  const options = union.options as readonly z.core.$ZodType[];
  const discriminator = discriminatorOf(union);
  if (discriminator === undefined || typeof value !== 'object' || value === null) return options;
  const said = (value as Record<string, unknown>)[discriminator];
  const meant = options.filter((option) => {
    const key = keysOf(option).get(discriminator);
    return key && accepts(key, said);
  });
  return meant.length > 0 ? meant : options;
}

/**
 * The schema of the key at a path; an index of a list leads to the schema of its entries.
 * @param value what is there now: of a union it says which kind
 * @returns undefined when there is no such key
 */
export function schemaAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  value?: unknown,
): z.core.$ZodType | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return schema;
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodUnion) {
    const found = kindsOf(plain, value).map((option) => schemaAt(option, path, value));
    return found.find((one) => one !== undefined);
  }
  const isIndex = plain instanceof z.ZodArray && /^\d+$/.test(String(first));
  const below = isIndex ? plain.element : keysOf(plain, value).get(String(first));
  return below && schemaAt(below, rest, entryOf(value, first));
}

/** The entry of an object or a list; undefined when there is none. */
export function entryOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<PropertyKey, unknown>)[key];
}

/** A key of a config with where it stands. */
export interface PlacedKey {
  /** With dots; the entries of a list are `0`. */
  path: string;
  schema: z.core.$ZodType;
  /** Of a key that one kind of a union has: `source: conll`. */
  kind: string | undefined;
}

/** Every key of a schema, the keys within keys behind the key that holds them. */
export function allKeys(schema: z.core.$ZodType, path = '', kind?: string): PlacedKey[] {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodArray) return allKeys(plain.element, `${path}.0`, kind);
  if (plain instanceof z.ZodUnion) {
    const discriminator = discriminatorOf(plain);
    return (plain.options as readonly z.core.$ZodType[]).flatMap((option) => {
      const key = discriminator && keysOf(option).get(discriminator);
      const values = key instanceof z.ZodLiteral ? [...key.values].join(', ') : '';
      return allKeys(option, path, key ? `${discriminator}: ${values}` : kind);
    });
  }
  if (!(plain instanceof z.ZodObject)) return [];
  return Object.entries(plain.shape as Record<string, z.core.$ZodType>).flatMap(([key, one]) => {
    const placed = path === '' ? key : `${path}.${key}`;
    return [{ path: placed, schema: one, kind }, ...allKeys(one, placed)];
  });
}

/**
 * The key that was probably meant by one that is not there: among its neighbours one that it shortens or that
 * is spelt alike, or the last part of a key elsewhere.
 * @returns its path with dots
 */
export function nearestKey(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  root: unknown,
): string | undefined {
  const above = path.slice(0, -1);
  const parent = schemaAt(schema, above, root);
  const value = above.reduce(entryOf, root);
  const neighbours = parent ? [...keysOf(parent, value).keys()] : [];
  const wrong = String(path.at(-1));
  const near = inFull(wrong, neighbours) ?? nearest(wrong, neighbours);
  if (near !== undefined) return [...above, near].map(String).join('.');
  const elsewhere = allKeys(schema).map((key) => key.path);
  const same = elsewhere.filter((one) => one.split('.').at(-1) === wrong);
  return same[0] ?? nearest(path.map(String).join('.'), elsewhere);
}

/** The only word that another one shortens, as `dev` does `development`. */
function inFull(short: string, words: readonly string[]): string | undefined {
  if (short.length < 2) return undefined;
  const full = words.filter((word) => word.toLowerCase().startsWith(short.toLowerCase()));
  return full.length === 1 ? full[0] : undefined;
}
