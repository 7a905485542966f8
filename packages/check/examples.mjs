// The examples of the README and the guides, as whoever reads them would run them: from the tarballs, in
// Node and in a page.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pack.mjs';

const pages = [
  'README.md',
  'docs/library.md',
  ...readdirSync(join(root, 'docs/guides')).map((file) => `docs/guides/${file}`),
];

/** The lines that a program says it prints: in a block after it, or in comments behind `console.log`. */
const saidBy = (code, printed) =>
  printed?.trimEnd().split('\n') ??
  [...code.matchAll(/^\s*console\.log\([\s\S]*?\); \/\/ (.*)$/gm)].map(([, said]) => said);

/** Every example: its place, its code and the lines that it prints. */
export const examples = pages.flatMap((page) =>
  [
    ...readFileSync(join(root, page), 'utf8').matchAll(
      /```ts\n([\s\S]*?)```(?:\n\nprints\n\n```text\n([\s\S]*?)```)?/g,
    ),
  ].map(([, code, printed], at) => ({
    place: `${page}, ${at}`,
    code,
    lines: saidBy(code, printed),
  })),
);

const nameOf = (at) => `example-${at}`;

/**
 * Writes the examples to a project, in TypeScript, and `run-examples.js`, which exports a function that
 * runs them all: it returns what each printed, and the error that ended it.
 */
export function writeExamples(folder) {
  examples.forEach(({ code }, at) =>
    writeFileSync(join(folder, `${nameOf(at)}.ts`), `${code}\nexport {};\n`),
  );
  const imports = examples.map((_, at) => `() => import('./${nameOf(at)}.js'),`).join('\n');
  const runner = `const all = [${imports}];
export async function runExamples() {
  const { log, warn } = console;
  const results = [];
  for (const run of all) {
    const lines = [];
    let error;
    console.log = (...words) => lines.push(words.map(String).join(' '));
    console.warn = () => {};
    try { await run(); } catch (thrown) { error = String(thrown?.stack ?? thrown); }
    results.push({ lines, error });
  }
  Object.assign(console, { log, warn });
  return results;
}
`;
  writeFileSync(join(folder, 'run-examples.js'), runner);
}

/**
 * @param kernels whether there are kernels: without them, what says that there are is not compared, and
 *   layers may say that they need them
 * @throws Error that names the examples that did not print what they say
 */
export function checkExamples(where, results, kernels = true) {
  const comparable = (lines) => lines.filter((line) => kernels || !/kernels/.test(line));
  const wrong = examples.flatMap(({ place, code, lines }, at) => {
    const found = results[at];
    // Layers have operations that only the kernels have.
    const needsKernels = !kernels && code.includes('didyprog/layers');
    if (needsKernels && /the kernels need WebAssembly/.test(found.error)) return [];
    if (found.error) return [`${place}: ${found.error}`];
    const printed = found.lines.filter((line) => !/^\n?=|Hi, looks/.test(line));
    const says = (all) => JSON.stringify(comparable(all));
    const same = kernels ? says(printed) === says(lines) : printed.length === lines.length;
    return same ? [] : [`${place} printed ${says(printed)}, not ${says(lines)}`];
  });
  if (wrong.length > 0) throw new Error(`${where}:\n${wrong.join('\n')}`);
  console.log(
    `${where}: ${examples.length} examples of the README and the guides print what they say`,
  );
}
