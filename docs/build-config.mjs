// Writes docs/config.md and configs/schema/ from the schemas in dist/. Run: npm run config-docs
import { mkdirSync, writeFileSync } from 'node:fs';
import { configPage, jsonSchemaOf } from '../dist/experiments/config-docs.js';
import { configKinds } from '../dist/experiments/config-kinds.js';

const file = (path) => new URL(`../${path}`, import.meta.url);
writeFileSync(file('docs/config.md'), configPage());
mkdirSync(file('configs/schema'), { recursive: true });
for (const kind of configKinds()) {
  const text = `${JSON.stringify(jsonSchemaOf(kind), undefined, 2)}\n`;
  writeFileSync(file(`configs/schema/${kind.name}.json`), text);
}
process.exit();
