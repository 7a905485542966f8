import { execFileSync } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { isAbsolute, relative } from 'node:path';
import { z } from 'zod';
import { projectFile } from '../../project-file.js';
import { parseJson, readTextIfThere } from '../../read-file.js';
import { shellWords } from '../../shell-words.js';
import { configHash } from '../config/config.js';
import { jsonText } from '../write-aside.js';

export const stretchSchema = z.object({
  /** The command that started it. */
  command: z.string(),
  /** Hash of the resolved config. */
  configHash: z.string().optional(),
  /** The code's git commit, '+changes' when the work tree differed; 'unknown' outside a checkout. */
  commit: z.string().optional(),
  /** The TensorFlow.js backend and its version. */
  engine: z.string().optional(),
  node: z.string().optional(),
  platform: z.string().optional(),
  cpu: z.string().optional(),
  cores: z.number().optional(),
  seed: z.number().optional(),
  startedAt: z.string().optional(),
  /** When it ended; of one that was killed, when it last saved. */
  endedAt: z.string().optional(),
  wallSeconds: z.number().optional(),
  /** How far the run was when it last saved: epochs and steps, or folds. */
  reached: z
    .object({
      epochs: z.number().optional(),
      steps: z.number().optional(),
      folds: z.number().optional(),
    })
    .optional(),
});

/** One start of a run: what ran, where, and how far it came. */
export type Stretch = z.output<typeof stretchSchema>;

export type Reached = NonNullable<Stretch['reached']>;

export interface StretchStart {
  command: string;
  config: object;
  engine: string;
  seed: number;
}

/** The run directory, as far as it matters here. */
interface Place {
  file(name: string): string;
  write(name: string, content: string): Promise<unknown>;
  notice(text: string): Promise<void>;
}

/** The stretches of a run in the order of their starts; provenance.json of its directory. */
export class Provenance {
  readonly #directory: Place;
  readonly #before: readonly Stretch[];
  readonly #now: Stretch;
  readonly #started = performance.now();

  private constructor(directory: Place, before: readonly Stretch[], now: Stretch) {
    this.#directory = directory;
    this.#before = before;
    this.#now = now;
  }

  /** Adds a stretch that starts now to those of earlier starts, which stay as they are. */
  static async begin(directory: Place, start: StretchStart): Promise<Provenance> {
    const before = await earlierStretches(directory);
    const provenance = new Provenance(directory, before, describeStretch(start));
    await provenance.save();
    return provenance;
  }

  /** All stretches, this one up to now. */
  get stretches(): Stretch[] {
    const wallSeconds = Math.round((performance.now() - this.#started) / 100) / 10;
    return [...this.#before, { ...this.#now, endedAt: new Date().toISOString(), wallSeconds }];
  }

  /** Writes them down. Called whenever the run saves its work. */
  async save(reached?: Reached): Promise<void> {
    if (reached) this.#now.reached = reached;
    await this.#directory.write(provenanceFile, jsonText(this.stretches));
  }
}

/** The file of a run directory that holds the stretches. */
export const provenanceFile = 'provenance.json';

async function earlierStretches(directory: Place): Promise<Stretch[]> {
  const path = directory.file(provenanceFile);
  const text = await readTextIfThere(path);
  if (text === undefined) return loggedStretches(directory);
  try {
    return z.array(stretchSchema).parse(parseJson(text, path));
  } catch {
    await rename(path, `${path}.damaged`);
    await directory.notice(`${path} was damaged: earlier stretches are taken from run.log`);
    return loggedStretches(directory);
  }
}

/** What run.log says of the starts: all there is of runs of version 0.1.0. */
async function loggedStretches(directory: Place): Promise<Stretch[]> {
  const text = (await readTextIfThere(directory.file('run.log'))) ?? '';
  const starts = text.matchAll(/^(\S+) started: (.*); engine (.*)$/gm);
  return Array.from(starts, ([, startedAt, command, engine]) => ({
    ...{ command: command!, startedAt: startedAt!, engine: engine! },
  }));
}

function describeStretch({ command, config, engine, seed }: StretchStart): Stretch {
  return {
    command,
    configHash: configHash(config),
    commit: codeCommit(),
    engine,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    seed,
    startedAt: new Date().toISOString(),
  };
}

/**
 * The stretches of a result.
 * @param provenance its `provenance`: a list, or one object as version 0.1.0 wrote it
 */
export function stretchesOf(provenance: unknown): Stretch[] {
  const list: unknown[] = Array.isArray(provenance) ? provenance : [provenance];
  return list.flatMap((stretch) => {
    const parsed = stretchSchema.partial().safeParse(stretch);
    return parsed.success ? [{ command: 'unknown', ...parsed.data }] : [];
  });
}

/** The time that starts took together, in seconds. */
export const secondsOf = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { wallSeconds = 0 }) => sum + wallSeconds, 0);

/** Each different value that stretches have, in their order. */
export function valuesOf(stretches: readonly Stretch[], of: (one: Stretch) => unknown): string {
  const known = stretches.map(of).filter((value) => value !== undefined);
  return [...new Set(known.map(String))].join(' and ');
}

const valuesOrUnknown = (stretches: readonly Stretch[], of: (one: Stretch) => unknown) =>
  valuesOf(stretches, of) || 'unknown';

/** Where a run's numbers come from, in one line. */
export function provenanceText(stretches: readonly Stretch[]): string {
  const config = valuesOrUnknown(stretches, ({ configHash }) => configHash);
  return (
    `${commandText(stretches)}; config ${config}, ${machineText(stretches)}` +
    (stretches.length > 1 ? `, in ${stretches.length} starts` : '')
  );
}

export const commandText = (stretches: readonly Stretch[]) =>
  valuesOrUnknown(stretches, ({ command }) => command);

/** The program, the machine and the seed of stretches: what several configs may share. */
export function machineText(stretches: readonly Stretch[]): string {
  const values = (of: (one: Stretch) => unknown) => valuesOrUnknown(stretches, of);
  return (
    `commit ${values(({ commit }) => commit)}, engine ${values(({ engine }) => engine)}, ` +
    `Node ${values(({ node }) => node)}, ${values(({ cores }) => cores)} cores ` +
    `(${values(({ cpu }) => cpu)}), seed ${values(({ seed }) => seed)}`
  );
}

/**
 * The command that this process was started with; quoted so that it can be copied; paths from the
 * working folder on, so that it says the same elsewhere.
 */
export function startedCommand(words: readonly string[] = process.argv.slice(2)): string {
  const named = words.map((word) => {
    const [, option = '', value = word] = /^(--[\w-]+=)(.*)$/s.exec(word) ?? [];
    return isAbsolute(value) ? option + (relative('.', value) || '.') : word;
  });
  return shellWords(['didyprog', ...named]);
}

function codeCommit(): string {
  const root = projectFile('.');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'configs');
    return git('rev-parse', '--short=12', 'HEAD') + (changed ? '+changes' : '');
  } catch {
    return 'unknown';
  }
}
