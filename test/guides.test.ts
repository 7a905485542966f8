import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}docs/guides/`;
const guides = [...readdirSync(folder), '../add-an-omega.md'].map((file) => ({
  file,
  text: readFileSync(folder + file, 'utf8'),
}));
const fromGuides = guides.flatMap(({ file, text }) =>
  [...text.matchAll(/```ts\n([\s\S]*?)```(?:\n\nprints\n\n```text\n([\s\S]*?)```)?/g)].map(
    ([, code, printed], n) => ({
      ...{ name: `${file.replace('../', '')}-${n}.mts`, code: code!, printed },
    }),
  ),
);

/** The examples that are whole programs in the documentation of what is exported. */
const fromSources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(?!explore|cli|experiments).*\.ts$/.test(file) && !file.endsWith('.test.ts'))
  .flatMap((file) => {
    const text = readFileSync(`${root}src/${file}`, 'utf8');
    return [...text.matchAll(/@example\n \* ```ts\n([^]*?) \* ```/g)]
      .map(([, code]) => code!.replace(/^ \* ?/gm, ''))
      .filter((code) => code.startsWith('import'))
      .map((code, n) => ({
        name: `${file.replaceAll(/\W/g, '-')}-${n}.mts`,
        code,
        printed: undefined as string | undefined,
      }));
  });
const examples = [...fromGuides, ...fromSources];

/**
 * Runs programs one after the other in one process of Node: what each printed, or the error that ended it.
 */
function runAll(codes: readonly string[]): { lines: string[]; error?: string }[] {
  const runner = `
    const results = [];
    const said = [];
    for (const name of ['log', 'warn']) console[name] = (...words) => said.push(words.map(String).join(' '));
    for (const code of JSON.parse(process.env.CODES)) {
      said.length = 0;
      let error;
      try {
        await import(code);
      } catch (thrown) {
        error = String(thrown?.stack ?? thrown);
      }
      // TensorFlow.js recommends its native engine, once, between two lines of =.
      const lines = said.flatMap((text) => text.split('\\n'));
      results.push({ lines: lines.filter((line) => !/^$|^=|^Hi, looks/.test(line)), error });
    }
    process.stdout.write(JSON.stringify(results));`;
  // Beside this file, so that packages are found.
  const folder = mkdtempSync(`${root}test/examples-`);
  try {
    const files = codes.map((code, n) => {
      const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const file = `${folder}/${n}.mjs`;
      writeFileSync(file, ts.transpileModule(code, { compilerOptions: options }).outputText);
      return pathToFileURL(file).href;
    });
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', runner], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CODES: JSON.stringify(files) },
    });
    return JSON.parse(stdout || `[{ "lines": [], "error": ${JSON.stringify(stderr)} }]`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What users import: functions, classes, values and types, with their documentation. */
function exportsOf(entries: readonly string[], program: ts.Program): Map<string, ts.Symbol> {
  const checker = program.getTypeChecker();
  const found = new Map<string, ts.Symbol>();
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
    for (const exported of checker.getExportsOfModule(module)) {
      const alias = exported.flags & ts.SymbolFlags.Alias;
      const symbol = alias ? checker.getAliasedSymbol(exported) : exported;
      found.set(symbol.name, symbol);
    }
  }
  return found;
}

describe('the guides and the reference', () => {
  const results = runAll(examples.map(({ code }) => code));

  it.each(examples.map((example, n) => ({ ...example, result: results[n] })))(
    '$name prints what it says',
    ({ code, printed, result }) => {
      const said = [...code.matchAll(/^\s*console\.log\([\s\S]*?\); \/\/ (.*)$/gm)].map(
        ([, s]) => s!,
      );
      const expected = printed?.trimEnd().split('\n') ?? said;
      expect(expected.length).toBeGreaterThan(0);
      expect(result?.error).toBeUndefined();
      expect(result?.lines).toEqual(expected);
    },
  );

  it('have examples of the right types, and say what every export is', () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file));
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const codes = new Map(examples.map(({ name, code }) => [`${root}test/${name}`, code]));
    const host = ts.createCompilerHost(options);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (file) => codes.has(file) || fileExists.call(host, file);
    host.readFile = (file) => codes.get(file) ?? readFile.call(host, file);
    host.getSourceFile = (file, ...rest) => {
      const code = codes.get(file);
      return code === undefined
        ? getSourceFile.call(host, file, ...rest)
        : ts.createSourceFile(file, code, ts.ScriptTarget.ES2022);
    };
    const loose = { ...options, noUnusedLocals: false, noUnusedParameters: false };
    const entries = ['index', 'layers/index', 'engine/index', 'fetch'].map(
      (entry) => `${root}src/${entry}.ts`,
    );
    const program = ts.createProgram([...codes.keys(), ...entries], loose, host);
    const problems = [...codes.keys()].flatMap((file) => {
      const source = program.getSourceFile(file);
      return [
        ...program.getSemanticDiagnostics(source),
        ...program.getSyntacticDiagnostics(source),
      ];
    });
    expect(
      problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
    ).toEqual([]);

    const exported = [...exportsOf(entries, program)];
    const silent = exported.filter(
      ([, symbol]) => symbol.getDocumentationComment(program.getTypeChecker()).length === 0,
    );
    expect(silent.map(([name]) => name)).toEqual([]);

    // Every value has one, a program that imports it by its name.
    const values = exported.filter(([, symbol]) => symbol.flags & ts.SymbolFlags.Value);
    const lacking = values.filter(([name, symbol]) => {
      const tags = symbol.getJsDocTags(program.getTypeChecker());
      const texts = tags.map(({ name, text }) => (name === 'example' ? text : []));
      return !texts.some((text) =>
        new RegExp(`import [^;]*\\b${name}\\b`).test(ts.displayPartsToString(text)),
      );
    });
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  it.each(guides)('$file links only to what is there', ({ text }) => {
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(existsSync(folder + target), target).toBe(true);
    }
  });
});
