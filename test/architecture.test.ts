import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/architecture.md`, 'utf8');

describe('docs/architecture.md', () => {
  it('has a paragraph for every room of src/, and for no other', () => {
    const rooms = readdirSync(`${root}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const described = [...page.matchAll(/^\*\*`src\/([^/`]+)\/`\*\*/gm)].map(([, name]) => name);
    expect(described.sort()).toEqual(rooms.sort());
  });

  it('names and links only what is there', () => {
    const named = [...page.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(15);
    const linked = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => `docs/${target}`);
    for (const path of [...named, ...linked]) expect(existsSync(root + path), path).toBe(true);
  });
});
