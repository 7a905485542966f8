import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { backends } from '../../backends.js';
import { counted } from '../../counted.js';
import { DataError, UsageError } from '../../errors.js';
import { isThere } from '../../make-folder.js';
import { neededText, openFile, parseJson, readTextIfThere } from '../../read-file.js';
import { shellCommand } from '../../shell-words.js';
import { quoted } from '../../visible.js';
import { configYaml, parseSaved } from '../config/config.js';
import { isRunDirectory } from '../run/recorded-run.js';
import { configProblem, type Failure } from '../run/run-directory.js';
import { runKeys } from '../run/run-keys.js';
import { liveOwner } from '../run/run-lock.js';
import { ownEntries } from '../run/run-place.js';
import { inOutputFolder, jsonText, makeOutputFolder, writeAside } from '../write-aside.js';
import { checkCellData, firstNames } from './cell-data.js';
import { choiceSchema } from './choices.js';
import { slurmSchema, type Cell, type SlurmSettings, type Sweep } from './definition.js';

const sweepFileSchema = z.object({
  name: runKeys.name,
  title: z.string().optional(),
  experiment: z.string(),
  /** Absolute, since a cell may start anywhere. */
  dataFolder: z.string(),
  /** The command line of the sweep, for the provenance of its cells. */
  command: z.string(),
  /** What was set of these when it was started. */
  slurm: slurmSchema,
  backend: z.enum(backends).optional(),
  cells: z.array(
    z.object({
      name: z.string().regex(/^[\w.,+=~-]+$/),
      values: z.record(z.string(), z.json()),
      config: z.record(z.string(), z.json()),
      choice: choiceSchema.optional(),
    }),
  ),
});

/** sweep.json: what a process that runs one cell, or shows them all, needs to know. */
export type SweepFile = z.output<typeof sweepFileSchema>;

/**
 * done: it has a result. unreadable: its result.json is damaged, or of another version. running: a living
 * process holds its lock. failed: its last start ended with an error. stopped: it can go on from a
 * checkpoint. waiting: it has not started.
 */
export type CellState = 'done' | 'unreadable' | 'running' | 'failed' | 'stopped' | 'waiting';

/** A cell as its run directory shows it. */
export interface CellStatus {
  name: string;
  state: CellState;
  /** The last epoch in metrics.jsonl, and the score there. */
  epoch: number | undefined;
  score: number | undefined;
  /** What failed, what cannot be read, or that a cell which can go on was killed. */
  problem: string | undefined;
  result: unknown;
}

/** What may be in its directory when sweep.json is not there yet. */
const ownNames = /^(cells|logs|slurm|lock|lock\..*|.*\.part)$/;

/** The directory of a sweep: sweep.json, cells/NAME (a run directory each), logs/, summary.json. */
export class SweepDirectory {
  readonly path: string;
  readonly file: SweepFile;

  private constructor(path: string, file: SweepFile) {
    this.path = path;
    this.file = file;
  }

  /**
   * Writes sweep.json for a sweep that starts or goes on; a grid may have grown since.
   * @throws UsageError, DataError as `check`
   * @throws StorageError when it cannot be written
   */
  static async create(path: string, sweep: Sweep, begun: Begun): Promise<SweepDirectory> {
    const file = fileOf(sweep, begun);
    const directory = new SweepDirectory(path, file);
    await directory.#check(sweep);
    await inOutputFolder(join(path, 'cells'), () =>
      inOutputFolder(join(path, 'logs'), () =>
        writeAside(join(path, 'sweep.json'), jsonText(file)),
      ),
    );
    return directory;
  }

  /**
   * Says whether `create` could, before anything is written.
   * @returns the directory as it would be
   * @throws UsageError when a cell that is already there has another config: its numbers would
   *   pass for those of this one; when another sweep is there, or cells that are not in this one; or
   *   when `path` is a file, or a folder of other things
   * @throws DataError as `checkData`
   */
  static async check(path: string, sweep: Sweep, dataFolder: string): Promise<SweepDirectory> {
    const directory = new SweepDirectory(path, fileOf(sweep, { dataFolder, command: '' }));
    await directory.#check(sweep);
    return directory;
  }

  /** @throws DataError when `path` is not the directory of a sweep */
  static async open(path: string): Promise<SweepDirectory> {
    const file = join(path, 'sweep.json');
    const isRun = await isRunDirectory(path);
    const text = await neededText(file, (message) =>
      isRun
        ? `${path} is the directory of a run, not of a sweep: ${shellCommand(['didyprog', 'runs', path])} shows it`
        : `${path} is not the directory of a sweep (sweep.json: ${message}); didyprog sweep FILE makes one`,
    );
    return new SweepDirectory(path, parseSaved(sweepFileSchema, text, file));
  }

  /**
   * Makes sure that cells which are still to run would read the data that those before them have read.
   * @throws DataError that names the changed file and the cells
   */
  async checkData(cells: readonly { name: string; config: object }[] = this.file.cells) {
    const done = await Promise.all(
      cells.map(({ name }) => isThere(join(this.cellPath(name), 'result.json'))),
    );
    if (!done.includes(false)) return;
    const begun = cells.map((cell) => ({ ...cell, path: this.cellPath(cell.name) }));
    await checkCellData(this.path, begun, this.file.dataFolder);
  }

  /**
   * Has the cells that are still to run read their data elsewhere.
   * @throws DataError as `checkData`; StorageError when sweep.json cannot be written
   */
  async withData(dataFolder: string): Promise<SweepDirectory> {
    const file = { ...this.file, dataFolder: resolve(dataFolder) };
    const moved = new SweepDirectory(this.path, file);
    await moved.checkData();
    await writeAside(join(this.path, 'sweep.json'), jsonText(file));
    return moved;
  }

  cellPath(name: string): string {
    return join(this.path, 'cells', name);
  }

  /** How all cells stand, in the sweep's order. */
  async status(): Promise<CellStatus[]> {
    return Promise.all(this.file.cells.map(({ name }) => this.cellStatus(name)));
  }

  async cellStatus(name: string): Promise<CellStatus> {
    const path = this.cellPath(name);
    const last = await lastEpoch(join(path, 'metrics.jsonl'));
    const shown = { name, epoch: last?.epoch, score: last?.score };
    const result = await readSaved(join(path, 'result.json'));
    if (result instanceof DataError) return unreadable(shown, result);
    const failure = await readSaved(join(path, 'failure.json'));
    const state = await stateOf(path, result, failure);
    const problem = await this.#problem(name, state, failure);
    return { ...shown, state, problem, result };
  }

  /** Says in a cell's run directory why it did not finish, unless the run said so itself. */
  async recordFailure(name: string, message: string, exitCode = 1): Promise<void> {
    const path = this.cellPath(name);
    await makeOutputFolder(path);
    if ((await readSaved(join(path, 'failure.json'))) !== undefined) return;
    const failure: Failure = { message, exitCode, at: new Date().toISOString() };
    await writeAside(join(path, 'failure.json'), `${JSON.stringify(failure)}\n`);
  }

  /** `recordFailure` for a cell whose process was ended by a signal that it could not answer. */
  async recordSignal(name: string, signal: string): Promise<void> {
    const reason = signal === 'SIGKILL' ? ': by hand, or for want of memory' : '';
    await this.recordFailure(name, `the process was ended by ${signal}${reason}`);
  }

  async #problem(name: string, state: CellState, failure: unknown) {
    if (state === 'failed') {
      const { message } = failure as Partial<Failure>;
      return typeof message === 'string' ? message.split('\n')[0] : 'failure.json does not say why';
    }
    if (state !== 'stopped') return undefined;
    // Whoever stops in order takes the lock away.
    const left = await stat(join(this.cellPath(name), 'lock')).catch(() => undefined);
    return left && 'its process was killed, and no launcher saw it';
  }

  async #check({ definition, cells }: Sweep): Promise<void> {
    const { path } = this;
    const entries = await ownEntries(path, 'sweep.json', (name) => ownNames.test(name));
    const other = 'choose another --out, or move it away';
    const before = entries.some(({ name }) => name === 'sweep.json')
      ? await SweepDirectory.open(path).catch(ifDamaged)
      : undefined;
    for (const key of ['name', 'experiment'] as const) {
      if (!before || before.file[key] === definition[key]) continue;
      throw new UsageError(
        `${path} holds another sweep: its ${key} is ${quoted(before.file[key])}, and that of this one ` +
          `${quoted(definition[key])}; ${other}`,
      );
    }
    for (const cell of cells) await this.#checkBefore(cell);
    const names = new Set(cells.map(({ name }) => name));
    const there = await readdir(join(path, 'cells')).catch(() => []);
    const begun = await Promise.all(
      there.map(async (name) => !names.has(name) && (await isRunDirectory(this.cellPath(name)))),
    );
    const left = there.filter((_, at) => begun[at]);
    if (left.length === 0) return this.checkData(cells);
    throw new UsageError(
      `${path} has ${counted(left.length, 'cell')} that this sweep has not: ${firstNames(left)}. A sweep may get ` +
        'more cells, not fewer: choose another --out, or move them away',
    );
  }

  async #checkBefore({ name, config }: Cell): Promise<void> {
    const path = join(this.cellPath(name), 'config.yaml');
    const before = await readTextIfThere(path);
    const yaml = configYaml(config);
    if (before === undefined || before === yaml) return;
    const problem = configProblem(this.cellPath(name), before, yaml);
    if (problem === undefined) return;
    throw new UsageError(
      `${this.cellPath(name)} holds a run of another config: ${problem}; ` +
        'choose another --out, or move it away',
    );
  }
}

/** The directory of the sweep that a run is a cell of; undefined where it is none. */
export async function sweepOfCell(run: string): Promise<string | undefined> {
  const cells = dirname(resolve(run));
  const sweep = await SweepDirectory.open(dirname(cells)).catch(() => undefined);
  const isCell = sweep?.file.cells.some(
    ({ name }) => resolve(sweep.cellPath(name)) === resolve(run),
  );
  return isCell ? join(run, '..', '..') : undefined;
}

type Begun = Pick<SweepFile, 'dataFolder' | 'command' | 'backend'> & { slurm?: SlurmSettings };

function fileOf(sweep: Sweep, begun: Begun): SweepFile {
  const { dataFolder, command, backend } = begun;
  const { name, title, experiment, slurm } = { ...sweep.definition, ...begun };
  const cells = sweep.cells.map((cell) => ({ ...cell, config: { ...cell.config } }));
  const shared = { dataFolder: resolve(dataFolder), command, backend };
  return { name, title, experiment, ...shared, slurm, cells } as SweepFile;
}

/** A damaged sweep.json is written again. */
function ifDamaged(error: unknown): undefined {
  if (!(error instanceof DataError)) throw error;
}

async function stateOf(path: string, result: unknown, failure: unknown): Promise<CellState> {
  if (result !== undefined) return 'done';
  if (await liveOwner(join(path, 'lock'))) return 'running';
  if (failure !== undefined) return 'failed';
  return (await isThere(join(path, 'config.yaml'))) ? 'stopped' : 'waiting';
}

/** A cell whose result cannot be read: not run again by itself, since that would replace the file. */
export function unreadable(
  status: Pick<CellStatus, 'name' | 'epoch' | 'score'>,
  { message }: Error,
): CellStatus {
  const { name, epoch, score } = status;
  const problem = `${message}; with its folder moved away the cell runs again`;
  return { name, epoch, score, state: 'unreadable', problem, result: undefined };
}

/** An object of JSON; undefined when the file is not there, the error when it is not that. */
async function readSaved(path: string): Promise<object | DataError | undefined> {
  try {
    const text = await readTextIfThere(path);
    if (text === undefined) return undefined;
    const value = parseJson(text, basename(path));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    return new DataError(`${basename(path)}: expected an object`);
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

/** The last whole line of metrics.jsonl that ends an epoch, from the file's last bytes. */
async function lastEpoch(path: string): Promise<{ epoch?: number; score?: number } | undefined> {
  const file = await openFile(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 16_384));
    await file.read(tail, 0, tail.length, size - tail.length);
    const lines = tail.toString('utf8').split('\n').slice(0, -1);
    const line = lines.findLast((line) => line.includes('"epoch"') && line.startsWith('{'));
    return line === undefined ? undefined : (parseJson(line, path) as { epoch?: number });
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
