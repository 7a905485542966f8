import { basename } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { ColumnChoice } from './data/readers/text/column-layout.js';

/** Decimal digits with a sign, a fraction or an exponent. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** NaN for what is not a number in decimal digits: '', 'Infinity', '0x10', '1 000'. */
const numberOf = (text: string) => (decimal.test(text) ? Number(text) : NaN);

/** A number greater than 0. @throws InvalidArgumentError otherwise, as do all functions here */
export function positiveNumber(text: string): number {
  const value = numberOf(text);
  if (!(value > 0 && value < Infinity)) {
    throw new InvalidArgumentError('It must be a number greater than 0.');
  }
  return value;
}

function wholeFrom(least: number, text: string): number {
  const value = numberOf(text);
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new InvalidArgumentError(`It must be at most ${Number.MAX_SAFE_INTEGER}.`);
  }
  if (Number.isInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
}

/** A whole number, 0 or more. */
export const wholeNumber = (text: string) => wholeFrom(0, text);

/** A whole number, 1 or more. */
export const count = (text: string) => wholeFrom(1, text);

/** A whole number from 1 to `most`. */
export const countTo = (most: number) => (text: string) => {
  const value = count(text);
  if (value > most) throw new InvalidArgumentError(`It must be at most ${most}.`);
  return value;
};

/**
 * A file that is written as one kind: its name ends as this kind does, or without an ending, so that
 * nobody takes it for another.
 */
export const fileEnding =
  (...endings: readonly string[]) =>
  (text: string) => {
    // Digits belong to the name: maps-0.5.
    const ending = /.(\.[a-z]\w*)$/i.exec(basename(text))?.[1];
    if (ending === undefined || endings.includes(ending.toLowerCase())) return text;
    throw new InvalidArgumentError(`It must end in ${endings.join(' or ')}.`);
  };

/** Files, as `files` reads them, or how many items of another file take their place; a file of such a name is ./500. */
export const filesOrCount =
  <Files>(files: (text: string) => Files) =>
  (text: string): Files | number =>
    decimal.test(text) ? count(text) : files(text);
/** The same of one file. */
export const fileOrCount = filesOrCount((path) => path);

/** Columns of a file by what they hold: word=2,tag=3, by number from 1 or by a name of the file's header. */
const columnsOf =
  <Role extends string>(example: string, ...roles: readonly Role[]) =>
  (text: string) => {
    const choice: { [role in Role]?: number | string } = {};
    for (const part of text.split(',')) {
      const [, role, column = ''] = /^\s*(\w+)\s*=\s*(\S.*?)\s*$/.exec(part) ?? [];
      const known = roles.find((one) => one === role);
      if (known === undefined || choice[known] !== undefined || /^-?0*$/.test(column)) {
        throw new InvalidArgumentError(
          `It must be like ${example}, with numbers from 1 or names of the file’s header.`,
        );
      }
      choice[known] = /^\d+$/.test(column) ? Number(column) : column;
    }
    return choice;
  };

/** Those of a column file. */
export const columnChoice: (text: string) => ColumnChoice = columnsOf(
  'word=2,tag=3',
  'word',
  'tag',
);
/** Those of a table of parallel text. */
export const pairColumns = columnsOf('source=2,target=1', 'source', 'target');
/** Those of either. */
export const eitherColumns = columnsOf(
  'word=2,tag=3 of column files or source=2,target=1 of tables',
  ...(['word', 'tag', 'source', 'target'] as const),
);
export type EitherColumns = ReturnType<typeof eitherColumns>;

/** The first of some columns that files with others, such as `['word', 'tag']`, do not have. */
export const foreignColumn = (columns: EitherColumns | undefined, own: readonly string[]) =>
  Object.keys(columns ?? {}).find((role) => !own.includes(role));
