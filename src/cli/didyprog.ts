import { Command } from 'commander';
import { ownWords } from '../experiments/command-words.js';
import { finishProgram } from './program.js';
import { version } from '../version.js';

/** A command as the list of commands shows it; the rest is loaded when it is called. */
interface ListedCommand {
  description: string;
  load(): Promise<Command>;
}

/** A command of the experiments, or the group that holds some. */
const ofExperiments = (name: string, description: string): [string, ListedCommand] => [
  name,
  {
    description,
    load: async () => (await import('./experiments.js')).experimentCommands().get(name)!,
  },
];

const commands: Record<string, ListedCommand> = {
  ...Object.fromEntries([
    ofExperiments('align', 'Audio-to-score alignment with soft-DTW metric learning'),
    ofExperiments('train', 'Train a model: named entity recognition, translation'),
    ...Object.entries(ownWords).map(([name, description]) => ofExperiments(name, description)),
  ]),
  data: {
    description: 'List the data sets with their licence terms, or get one and check it',
    load: async () => (await import('./data.js')).dataCommand(),
  },
  resume: {
    description: 'Go on with a run or a sweep where it stopped, or to more epochs',
    load: async () => (await import('./resume.js')).resumeCommand(),
  },
  reproduce: {
    description: 'Run every cell of a table of the paper, and say which of its findings hold',
    load: async () => (await import('./reproduce.js')).reproduceCommand(),
  },
  sweep: {
    description: 'Run every cell of a grid over config keys, here or as a Slurm job array',
    load: async () => (await import('./sweep.js')).sweepCommand(),
  },
  runs: {
    description: 'List runs with their state, score and any keys, or compare some',
    load: async () => (await import('./runs.js')).runsCommand(),
  },
  config: {
    description: 'List, show and check configs, or write one for data of your own',
    load: async () => (await import('./config.js')).configCommand(),
  },
  report: {
    description: 'Write one self-contained HTML page about a run, or about all runs of a folder',
    load: async () => (await import('./report.js')).reportCommand(),
  },
  results: {
    description: 'Rebuild the tables and figures in results/ from their run directories, or check',
    load: async () => (await import('./results.js')).resultsCommand(),
  },
  figure: {
    description: 'Draw an illustration of the paper, or the graph of a program, as SVG',
    load: async () => (await import('./figure.js')).figureCommand(),
  },
  explore: {
    description: 'Open a local page: play with dynamic programs, watch runs, align a recording',
    load: async () => (await import('./explore.js')).exploreCommand(),
  },
  doctor: {
    description: 'Say which engine is used here and why, with versions',
    load: async () => (await import('./doctor.js')).doctorCommand(),
  },
  quickstart: {
    description: 'Align generated chorales, leave-one-out: the main job, with no data needed',
    load: async () => (await import('./quickstart.js')).quickstartCommand(),
  },
  completion: {
    description: 'Print a script that lets a shell complete commands, options and their values',
    load: async () => (await import('./completion.js')).completionCommand(() => createProgram()),
  },
};

/**
 * `didyprog` with all its commands.
 * @param words the command line: only the command that it calls is loaded, the others are there by
 *   name; without, all are loaded
 */
export async function createProgram(words?: readonly string[]): Promise<Command> {
  const called = words?.filter((word) => !word.startsWith('-') && word !== 'help')[0];
  const program = new Command('didyprog')
    .description('Differentiable dynamic programming: experiments, figures and data')
    .version(version);
  for (const [name, { description, load }] of Object.entries(commands)) {
    const command = !words || name === called ? await load() : new Command(name);
    program.addCommand(command.description(description));
  }

  program.addHelpText(
    'after',
    `
Examples:
  didyprog quickstart
  didyprog align bach10 --help
  didyprog runs

Exit codes: 0 done, 1 failed, 2 bad usage or config, 3 data missing or
unreadable; 129, 130 and 143 after SIGHUP (the terminal is gone), Ctrl-C and
SIGTERM, all after saving. Messages that nobody can take are dropped; a result
that stdout cannot take is 1. DIDYPROG_DEBUG=1 shows the stack of an error.`,
  );
  return finishProgram(program);
}
