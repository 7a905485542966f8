import { Argument, Command } from 'commander';
import { UsageError } from '../errors.js';
import { fileEnding } from '../option-values.js';
import { checkOutputs } from '../output-places.js';
import { writeAside } from '../runner/write-aside.js';
import { writeResult } from '../terminal.js';
import { quoted } from '../visible.js';

const programs = [
  'linearChain',
  'factoredChain',
  'dtw',
  'semiMarkov',
  'ctc',
  'pairwiseAlignment',
] as const;

/** The figures by name. The plotting library is loaded only when one is drawn. */
const figures: Record<string, () => Promise<string>> = {
  omega: async () => (await import('../report/figures/omega-figure.js')).omegaFigure(),
  dag: async () => (await import('../report/figures/dag-figure.js')).dagFigure(),
  ...Object.fromEntries(
    programs.map((program) => [
      program,
      async () => (await import('../report/figures/program-figure.js')).programFigure(program),
    ]),
  ),
};

export function figureCommand(): Command {
  return new Command('figure')
    .addArgument(nameArgument())
    .option(
      '--out <file>',
      'where to write it (default: NAME.svg in this folder)',
      fileEnding('.svg'),
    )
    .option('--json', 'print the path as JSON')
    .addHelpText(
      'after',
      `
omega  max_Ω and its gradient in one dimension, for each Ω and several gamma
dag    expected paths through a small graph, for each Ω, with all paths in bars

${programs.join(', ')}
       the graph of a small instance, with the probability of each edge under each Ω

Example:
  didyprog figure omega --out omega.svg`,
    )
    .action(async (name: string, flags: { out?: string; json?: boolean }) => {
      const { out = `${name}.svg` } = flags;
      if (!Object.hasOwn(figures, name)) {
        const allowed = Object.keys(figures).join(', ');
        throw new UsageError(`there is no figure ${quoted(name)}: the figures are ${allowed}`);
      }
      const isDefault = flags.out === undefined;
      await checkOutputs([{ path: out, option: '--out', isDefault }], []);
      await writeAside(out, await figures[name]!());
      writeResult(`${flags.json ? JSON.stringify({ figure: out }) : out}\n`);
    });
}

/** Its choices are for the help and for shells; the action has the better message. */
function nameArgument(): Argument {
  const argument = new Argument('<name>', 'the figure');
  argument.argChoices = Object.keys(figures);
  return argument;
}
