import { z } from 'zod';
import { tableToMarkdown, type Table } from '../report/table.js';
import { accepts, allKeys, defaultOf, descriptionOf } from '../runner/config/schema-keys.js';
import { configKinds, type ConfigKind } from './config-kinds.js';

/** The JSON Schema (draft 7) by which an editor completes and checks a kind of config. */
export function jsonSchemaOf({ name, schema }: ConfigKind): object {
  const json = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return { title: `didyprog ${name}`, ...json };
}

/** Every key of a kind of config. @param nameOf how a key is written */
export function keysTable({ schema }: ConfigKind, nameOf = (path: string) => path): Table {
  return {
    columns: ['key', 'what it is', { heading: 'values', rank: 2 }, { heading: 'default', rank: 1 }],
    rows: allKeys(schema).map(({ path, schema: key, kind }) => {
      const value = defaultOf(key);
      const standard = accepts(key, undefined) ? 'may be left out' : '';
      return [
        `${nameOf(path)}${kind === undefined ? '' : ` (${kind})`}`,
        descriptionOf(key) ?? '',
        allowedText(jsonOf(key)),
        value === undefined ? standard : JSON.stringify(value),
      ];
    }),
  };
}

/** docs/config.md: every key of every kind of config. */
export function configPage(): string {
  const parts = configKinds().map((kind) => {
    const table = tableToMarkdown({
      ...keysTable(kind, (path) => `\`${path}\``),
      marked: true,
    });
    return `## ${kind.name}\n\n${kind.title}.\n\n${table}\n`;
  });
  return `# Every key of every config

Made from the schemas by \`npm run config-docs\`. Keys within keys are written with dots, as \`--set\`
takes them; \`.0\` stands for each entry of a list. A key without a default and without 'may be left
out' must be there. The same descriptions are in [configs/schema](../configs/schema), by which editors
that know YAML schemas complete and check a config: its first line says
\`# yaml-language-server: $schema=…\`.

${parts.join('\n')}`;
}

interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  properties?: object;
}

const jsonOf = (schema: z.core.$ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** What a schema allows, in words. */
function allowedText(schema: JsonSchema): string {
  const { type, anyOf, oneOf, items } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(String).join(', ');
  const kinds = anyOf ?? oneOf;
  if (kinds) return [...new Set(kinds.map(allowedText))].join(', or ');
  if (type === 'array') return `list of ${items ? allowedText(items) : 'values'}`;
  if (type === 'object') return 'keys';
  if (type === 'boolean') return 'true, false';
  if (type === 'null') return 'null';
  if (type === 'string') return 'text';
  if (type === 'integer' || type === 'number') {
    const name = type === 'integer' ? 'whole number' : 'number';
    const range = [
      ...(schema.exclusiveMinimum === undefined ? [] : [`> ${schema.exclusiveMinimum}`]),
      ...(schema.minimum === undefined || schema.minimum < -1e15 ? [] : [`≥ ${schema.minimum}`]),
      ...(schema.maximum === undefined || schema.maximum > 1e15 ? [] : [`≤ ${schema.maximum}`]),
    ];
    return [name, ...range].join(' ');
  }
  return 'any value';
}
