import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configPage, jsonSchemaOf } from '../src/experiments/config-docs.js';
import { configKinds } from '../src/experiments/config-kinds.js';
import { allKeys, descriptionOf, schemaAt } from '../src/runner/config/schema-keys.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(project, path), 'utf8');
const shipped = ['align', 'attention', 'ner', 'sweeps'].flatMap((folder) =>
  readdirSync(join(project, 'configs', folder)).map((name) => `configs/${folder}/${name}`),
);

describe('the keys of every config', () => {
  it.each(configKinds())('of $name are described, each at its place', ({ schema }) => {
    const keys = allKeys(schema);
    expect(keys.length).toBeGreaterThan(10);
    for (const { path, schema: key } of keys) {
      expect(descriptionOf(key), path).toMatch(/\S{2,} \S|^its /);
      expect(schemaAt(schema, path.split('.')), path).toBeDefined();
    }
  });

  it('stand in docs/config.md and configs/schema as npm run config-docs writes them', () => {
    const page = configPage();
    expect(read('docs/config.md')).toBe(page);
    for (const kind of configKinds()) {
      expect(JSON.parse(read(`configs/schema/${kind.name}.json`))).toEqual(
        JSON.parse(JSON.stringify(jsonSchemaOf(kind))),
      );
      for (const { path } of allKeys(kind.schema)) expect(page).toContain(`\`${path}\``);
    }
  });

  it.each(shipped)(
    'of %s complete in an editor: its first line names a schema that has them',
    (path) => {
      const text = read(path);
      const [, named] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)!;
      const file = resolve(dirname(join(project, path)), named!);
      expect(existsSync(file)).toBe(true);
      const { properties } = JSON.parse(readFileSync(file, 'utf8')) as { properties: object };
      for (const key of Object.keys(parse(text) as object)) expect(properties).toHaveProperty(key);
    },
  );
});
