import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { nearest } from '../nearest.js';
import { silenceProgress } from '../runner/quiet.js';
import { writeMessage, writeWrapped } from '../terminal.js';
import { shortened } from '../visible.js';
import { joinLines } from '../wrap.js';

/**
 * What holds for every command: `--quiet`, a near word suggested for a wrong one, a notice of an option
 * given twice, errors thrown instead of an exit, options of the whole program shown in each help, and
 * words of the command line that it prints made visible.
 */
export function finishProgram(program: Command): Command {
  program.option('-q, --quiet', 'only results and errors: no progress, no notices');
  const tree = commandTree(program).map(({ command }) => command);
  const given = new Map(tree.map((command) => [command, watchOptions(command)]));
  program.hook('preAction', async (_, action) => {
    if (action.optsWithGlobals<{ quiet?: boolean }>().quiet) silenceProgress();
    refuseEmptyValues(action);
    refuseOptionsAbove(action);
    await noticeRepeats(action, given.get(action)!);
  });
  for (const command of tree) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureHelp({
        ...command.configureHelp(),
        ...{ showGlobalOptions: true, minWidthToWrap: 24 },
        // Those of a command that holds others are its own.
        visibleGlobalOptions: (shown) => (shown.parent ? [...program.options] : []),
      })
      .configureOutput({
        // A file or a pager has the lines as they stand.
        writeOut: (text) => writeWrapped(process.stdout.isTTY ? joinLines(text) : text),
        writeErr: writeMessage,
      });
  }
  return program;
}

/** An empty value is a variable of a script that was not set, never what was meant. */
function refuseEmptyValues(command: Command): void {
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (value !== '' && !(Array.isArray(value) && value.includes(''))) continue;
    throw new UsageError(`option '${option.flags}': its value is empty`);
  }
}

/** By the name of its value, each option of a command that has one, or denies it, as it was written. */
type GivenOptions = ReadonlyMap<string, readonly string[]>;

/** Notes the options while the command line is parsed. */
function watchOptions(command: Command): GivenOptions {
  const given = new Map<string, string[]>();
  for (const option of command.options.filter(({ required, negate }) => required || negate)) {
    const name = option.attributeName();
    command.on(`option:${option.name()}`, (value: string | null) => {
      const written = option.negate ? option.long! : `${option.long} ${shortened(value ?? '')}`;
      given.set(name, [...(given.get(name) ?? []), written]);
    });
  }
  return given;
}

/** Of an option given twice only the last counts, unless the option is one that makes a list. */
async function noticeRepeats(command: Command, given: GivenOptions): Promise<void> {
  for (const [name, written] of given) {
    if (Array.isArray(command.getOptionValue(name))) continue;
    const last = written.at(-1)!;
    const others = new Set(written.filter((one) => one !== last));
    if (others.size === 0) continue;
    const { notice } = await import('../runner/notice.js');
    notice(`${last} counts, not ${[...others].join(', ')} before it`);
  }
}

/** The parser takes an option of `sweep` behind `sweep status`, too, where it would count for nothing. */
function refuseOptionsAbove(command: Command): void {
  const above = command.parent;
  if (!above?.parent) return;
  const foreign = above.options.find(
    (option) =>
      above.getOptionValueSource(option.attributeName()) === 'cli' &&
      !command.options.some(({ long }) => long === option.long),
  );
  if (!foreign) return;
  const [outer, inner] = [above.name(), `${above.name()} ${command.name()}`];
  throw new UsageError(`${foreign.long}: an option of ${outer}, which ${inner} does not take`);
}

/**
 * The command that `help` and the names around it ask for; undefined where they ask for none. The parser
 * itself looks at one name behind `help`.
 * @param words of the command line
 * @throws UsageError that names what is no command, and what is close
 */
export function helpedCommand(program: Command, words: readonly string[]): Command | undefined {
  let helped: Command | undefined;
  let at = program;
  for (const word of words) {
    if (word === '-q' || word === '--quiet') continue;
    // What follows an option may be its value.
    if (word.startsWith('-')) return helped;
    if (word === 'help' && at.commands.length > 0) {
      helped = at;
      continue;
    }
    const below = at.commands.find((command) => command.name() === word);
    if (!below && !helped) return undefined;
    if (!below) {
      const near = nearest(
        word,
        at.commands.map((command) => command.name()),
      );
      const where = at.parent ? ` of ${at.name()}` : '';
      throw new UsageError(
        `help: ${shortened(word)} is no command${where}` + (near ? `; did you mean ${near}?` : ''),
      );
    }
    at = below;
    helped &&= at;
  }
  return helped;
}

/** A command with the words that call it, after the program's name. */
export interface PlacedCommand {
  command: Command;
  path: readonly string[];
}

/** A program and all commands below it. */
export function commandTree(command: Command, path: readonly string[] = []): PlacedCommand[] {
  const below = command.commands.filter((sub) => sub.name() !== 'help');
  return [{ command, path }, ...below.flatMap((sub) => commandTree(sub, [...path, sub.name()]))];
}
