// What the host must know of the kernels, read from their sources: which there are, what they take,
// and where the fields of their parameter classes lie. Written as TypeScript, so that the compiler
// checks every call.
import ts from 'typescript';

/** Bytes of a field, and the view that writes it. */
const types = {
  i32: [4, 'integers'],
  u32: [4, 'integers'],
  usize: [4, 'integers'],
  f32: [4, 'floats'],
};

/**
 * @param sources the kernels' files by name; those in families/ export what the host can call
 * @returns the text of src/kernels/signatures.ts, below its first line
 */
export function signatures(sources) {
  const files = new Map(
    Object.entries(sources).map(([name, text]) => [
      name,
      ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true),
    ]),
  );
  const classes = new Map();
  for (const file of files.values()) {
    for (const statement of file.statements) {
      if (ts.isClassDeclaration(statement)) classes.set(statement.name.text, statement);
    }
  }
  const exported = exportsOf(files);
  const functions = exported
    .filter(([, declaration]) => ts.isFunctionDeclaration(declaration))
    .map(([name, declaration]) => signatureOf(name, declaration));
  const used = new Set([
    ...functions.flatMap(({ parameters }) => parameters.filter((type) => classes.has(type))),
    ...exported.map(([name]) => name).filter((name) => classes.has(name)),
  ]);
  const blocks = [...used].sort().map((name) => blockOf(name, classes.get(name)));
  const typeOf = (type) => (classes.has(type) ? `Pointer<'${type}'>` : 'number');
  return [
    '/** The parameter blocks by name, their fields in the order of their addresses. */',
    'export interface Blocks {',
    ...blocks.map(({ name }) => `  ${name}: ${name};`),
    '}',
    '',
    '/** The address of a block of parameters. */',
    'export type Pointer<Name extends keyof Blocks> = number & { readonly block: Name };',
    '',
    '/** What threads share the jobs of, by what its parameters are. */',
    'export interface KernelParameters {',
    ...functions
      .filter(({ kernel }) => kernel)
      .map(({ name, parameters }) => `  ${name}: ${typeOf(parameters[0])};`),
    '}',
    '',
    '/** Functions that the calling thread runs, by what they take. */',
    'export interface KernelFunctions {',
    ...functions
      .filter(({ kernel }) => !kernel)
      .map(
        ({ name, names, parameters }) =>
          `  ${name}: [${names.map((one, n) => `${one}: ${typeOf(parameters[n])}`).join(', ')}];`,
      ),
    '}',
    '',
    ...blocks.flatMap(({ name, comment, fields }) => [
      ...comment,
      `export interface ${name} {`,
      ...fields.flatMap(({ comment, field }) => [...comment, `  ${field}: number;`]),
      '}',
      '',
    ]),
    '/** Writes a block at an address in words, and how many bytes it has. */',
    'export const blocks: {',
    '  readonly [Name in keyof Blocks]: {',
    '    readonly bytes: number;',
    '    write(to: number, of: Blocks[Name], integers: Int32Array, floats: Float32Array): void;',
    '  };',
    '} = {',
    ...blocks.flatMap(({ name, bytes, fields }) => [
      `  ${name}: {`,
      `    bytes: ${bytes},`,
      `    write(to, of, integers${fields.some(({ view }) => view === 'floats') ? ', floats' : ''}) {`,
      ...fields.map(({ field, view, word }) => `      ${view}[to + ${word}] = of.${field};`),
      '    },',
      '  },',
    ]),
    '};',
  ].join('\n');
}

/** The functions and the blocks that the families export. */
function exportsOf(files) {
  const found = new Map();
  for (const [place, { statements }] of files) {
    if (!place.startsWith('families/')) continue;
    for (const statement of statements) {
      const file = files.get(`${statement.moduleSpecifier.text.slice('../'.length)}.ts`);
      for (const { name } of statement.exportClause.elements) {
        const declaration = file.statements.find(
          (one) =>
            (ts.isFunctionDeclaration(one) || ts.isClassDeclaration(one)) &&
            one.name.text === name.text,
        );
        if (!declaration) throw new Error(`${file.fileName} has no ${name.text}`);
        found.set(name.text, declaration);
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A kernel has (parameters, a job's number, a workspace); all else is a plain function. */
function signatureOf(name, { parameters }) {
  const names = parameters.map((parameter) => parameter.name.text);
  return {
    name,
    names,
    parameters: parameters.map((parameter) => parameter.type.getText()),
    kernel: names.length === 3 && /^_?workspace$/.test(names[2]),
  };
}

function blockOf(name, declaration) {
  let bytes = 0;
  const fields = declaration.members.filter(ts.isPropertyDeclaration).map((member) => {
    const type = types[member.type.getText()];
    const field = member.name.getText();
    if (!type) throw new Error(`${name}.${field}: a parameter is one of ${Object.keys(types)}`);
    const word = bytes / 4;
    bytes += type[0];
    return { field, view: type[1], word, comment: commentOf(member, '  ') };
  });
  return { name, bytes, fields, comment: commentOf(declaration, '') };
}

/** The documentation of a class or a field. */
function commentOf(node, indent) {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  if (!comment) return [];
  return comment
    .getText()
    .split('\n')
    .map((line) => indent + line.trim().replace(/^\*/, ' *'));
}
