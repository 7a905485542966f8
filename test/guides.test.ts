import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}docs/guides/`;
const guides = readdirSync(folder).map((file) => ({
  file,
  text: readFileSync(folder + file, 'utf8'),
}));
const fromGuides = guides.flatMap(({ file, text }) =>
  [...text.matchAll(/```ts\n([\s\S]*?)```(?:\n\nprints\n\n```text\n([\s\S]*?)```)?/g)].map(
    ([, code, printed], n) => ({ name: `${file}-${n}.mts`, code: code!, printed }),
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

describe('the guides and the reference', () => {
  it.each(examples)('$name prints what it says', ({ code, printed }) => {
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(code, { compilerOptions: options });
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', outputText],
      { cwd: root, encoding: 'utf8' },
    );
    const said = [...code.matchAll(/^\s*console\.log\([\s\S]*?\); \/\/ (.*)$/gm)].map(
      ([, s]) => s!,
    );
    const expected = printed?.trimEnd().split('\n') ?? said;
    expect(expected.length).toBeGreaterThan(0);
    // TensorFlow.js recommends its native engine between two lines of =.
    expect(stderr.trim()).toMatch(/^(=+\nHi, looks like[^]*=+)?$/);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .filter((line) => !/^$|^=|^Hi, looks/.test(line)),
    ).toEqual(expected);
  });

  it('have examples of the right types', () => {
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
    const program = ts.createProgram([...codes.keys()], loose, host);
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
  });

  it.each(guides)('$file links only to what is there', ({ text }) => {
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(existsSync(folder + target), target).toBe(true);
    }
  });
});
