import { appendFile, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { configYaml } from './config.js';
import { EventFile } from './tensorboard.js';
import { writeAside } from './write-aside.js';

/**
 * The directory a run writes: config.yaml (resolved), metrics.jsonl, checkpoint/ (one file for each
 * finished unit of work), result.json, run.log, and figures.
 */
export class RunDirectory {
  readonly path: string;
  /** Whether every metric also goes to a TensorBoard event file in the directory. */
  tensorboard = false;
  #events: { file: EventFile; lines: number } | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens `path` for a run of `config`. An earlier unfinished run of the same config is continued
   * with `resume`; anything else that is already there is never overwritten.
   * @throws UsageError when the directory holds a run and `resume` is not asked for, or holds one
   *   of another config
   */
  static async open(path: string, config: object, resume: boolean): Promise<RunDirectory> {
    const directory = new RunDirectory(path);
    const before = await directory.read('config.yaml');
    const yaml = configYaml(config);
    if (before !== undefined && !resume) {
      throw new UsageError(
        `${path} already holds a run: continue it with --resume, or choose another --out`,
      );
    }
    if (before !== undefined && before !== yaml) {
      throw new UsageError(
        `${path} holds a run of another config (see its config.yaml): ` +
          'resume with the same settings, or choose another --out',
      );
    }
    try {
      await mkdir(join(path, 'checkpoint'), { recursive: true });
      await writeAside(join(path, 'config.yaml'), yaml);
    } catch (error) {
      throw new UsageError(
        `cannot write the run directory ${path}: ${(error as Error).message}; choose another --out`,
      );
    }
    return directory;
  }

  /** A name for a new run under `runs/`: what it runs and when it started. */
  static freshPath(name: string, now = new Date()): string {
    const time = now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
    return join('runs', `${name}-${time}`);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async write(name: string, content: string): Promise<string> {
    await writeAside(this.file(name), content);
    return this.file(name);
  }

  /** Appends one record to metrics.jsonl, and to the event file when there is to be one. */
  async metric(record: object): Promise<void> {
    if (this.tensorboard) this.#events ??= await this.#openEvents();
    await appendFile(this.file('metrics.jsonl'), `${JSON.stringify(record)}\n`);
    if (this.#events) await this.#events.file.append(record, this.#events.lines++);
  }

  /** Only at the first metric: by then a resumed run has cut metrics.jsonl to its checkpoint. */
  async #openEvents(): Promise<{ file: EventFile; lines: number }> {
    const lines = ((await this.read('metrics.jsonl')) ?? '').split('\n').filter(Boolean);
    const records = lines.map((line) => JSON.parse(line) as object);
    return { file: await EventFile.open(this.path, records), lines: records.length };
  }

  /** Appends a line with the time to run.log. */
  async log(line: string): Promise<void> {
    await appendFile(this.file('run.log'), `${new Date().toISOString()} ${line}\n`);
  }

  /** Saves the result of one finished unit of work; `unit` becomes a file name. */
  async saveUnit(unit: string, result: object): Promise<void> {
    await writeAside(join(this.path, 'checkpoint', `${unit}.json`), JSON.stringify(result));
  }

  /** What `saveUnit` saved, or undefined; an unreadable file counts as not saved. */
  async loadUnit(unit: string): Promise<unknown> {
    const text = await this.read(join('checkpoint', `${unit}.json`));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      await rm(join(this.path, 'checkpoint', `${unit}.json`));
      return undefined;
    }
  }

  /** How many units of work are saved. */
  async savedUnits(): Promise<number> {
    const names = await readdir(join(this.path, 'checkpoint'));
    return names.filter((name) => name.endsWith('.json')).length;
  }

  private async read(name: string): Promise<string | undefined> {
    try {
      return await readFile(this.file(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
