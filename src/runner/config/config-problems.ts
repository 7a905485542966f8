import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../../errors.js';
import { withLineFeeds } from '../../read-file.js';
import { quoted, shortened } from '../../visible.js';
import { discriminatorOf, entryOf, nearestKey, schemaAt } from './schema-keys.js';

/** Where the value at a path comes from: 'line 12', or the option that set it. */
export type Origin = (path: readonly PropertyKey[]) => string | undefined;

/** More would push the first off the screen. */
const mostProblems = 20;

/**
 * The error of a config that came from `source` and is not what its schema says.
 * @param config.what it is called, where it is no config
 */
export function configError(
  { issues }: z.core.$ZodError,
  config: {
    schema: z.ZodType;
    value: unknown;
    source: string;
    origin?: Origin | undefined;
    what?: string;
  },
): UsageError {
  const { source, what = 'the config' } = config;
  const lines = issues.flatMap((issue) =>
    problemsOf(issue, config).map(({ path, problem }) => {
      const origin = config.origin?.(path);
      const name = keyText(path) || '(the whole file)';
      return `  ${origin ? `${origin}: ` : ''}${name}: ${problem}`;
    }),
  );
  const shown = lines.slice(0, mostProblems);
  if (shown.length < lines.length) shown.push(`  … and ${lines.length - shown.length} more`);
  return new UsageError(`${source}: ${what} is not valid\n${shown.join('\n')}`);
}

/** The error of one key of a config that a schema alone does not find. */
export function keyError(source: string, origin: Origin, { path, problem }: Problem): UsageError {
  const line = origin(path);
  return new UsageError(`${source}: ${line ? `${line}: ` : ''}${keyText(path)}: ${problem}`);
}

const keyText = (path: readonly PropertyKey[]) => shortened(path.map(String).join('.'));

interface Problem {
  path: readonly PropertyKey[];
  problem: string;
}

function problemsOf(
  issue: z.core.$ZodIssue,
  { schema, value }: { schema: z.ZodType; value: unknown },
): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const near = nearestKey(schema, path, value);
      // Another kind of its object has it.
      const isElsewhere = near === path.map(String).join('.');
      const hint = isElsewhere ? hintOf({ path }, schema, value) : '';
      const meant = near === undefined || isElsewhere ? '' : `; did you mean ${near}?`;
      return { path, problem: `there is no such key here${hint}${meant}` };
    });
  }
  const got = issue.path.reduce<unknown>(entryOf, value);
  const isNumber = typeof got === 'number';
  const allowed = allowedBy(issue).replace(
    /^expected number$/,
    isNumber ? 'expected a finite number' : '$&',
  );
  if (got === undefined) {
    return [
      { path: issue.path, problem: `it is missing; ${allowed}${hintOf(issue, schema, value)}` },
    ];
  }
  return [{ path: issue.path, problem: `got ${quoted(got)}; ${allowed}` }];
}

/** What an issue says is allowed, without what it got. */
function allowedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return [...new Set(issue.errors.flatMap((one) => one.slice(0, 1).map(allowedBy)))].join(
      ', or ',
    );
  }
  if (issue.code === 'invalid_value') {
    return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  }
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return `expected one of ${issue.options.map(String).join(', ')}`;
  }
  return issue.message
    .replace(/^(Invalid input|Too small|Too big|Invalid option): /, '')
    .replace(/, received [^,]*$/, '')
    .replace(/^expected boolean$/, 'expected true or false');
}

/** Of a key that one kind of a union lacks or asks for: which kind it is. */
function hintOf(issue: Pick<z.core.$ZodIssue, 'path'>, schema: z.ZodType, value: unknown): string {
  const above = issue.path.slice(0, -1);
  const parent = schemaAt(schema, above, value);
  const discriminator = parent && discriminatorOf(parent);
  if (discriminator === undefined || discriminator === issue.path.at(-1)) return '';
  const kind = entryOf(above.reduce<unknown>(entryOf, value), discriminator);
  return `, since ${discriminator} is ${quoted(kind)}`;
}

/** The lines of a YAML text, to be asked for the one at which a path's key or value stands. */
export function linesOf(text: string): Origin {
  const counter = new LineCounter();
  const document = parseDocument(withLineFeeds(text), { lineCounter: counter });
  const lineAt = (offset: number | undefined) =>
    offset === undefined ? undefined : `line ${counter.linePos(offset).line}`;
  return (path) => {
    let node: unknown = document.contents;
    let offset = isNode(node) ? node.range?.[0] : undefined;
    for (const key of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find(
          ({ key: own }) => String(isScalar(own) ? own.value : own) === String(key),
        );
        if (!pair) break;
        offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        offset = (isNode(node) ? node.range?.[0] : undefined) ?? offset;
      } else break;
    }
    return lineAt(offset);
  };
}
