import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellCommand } from '../shell-words.js';
import { configHash } from './config.js';

/** Where a number came from. */
export interface Provenance {
  /** The command that produced it. */
  command: string;
  /** Hash of the resolved config. */
  configHash: string;
  /** The code's git commit, '+changes' when the work tree differed; 'unknown' outside a checkout. */
  commit: string;
  /** The TensorFlow.js backend and its version. */
  engine: string;
  node: string;
  platform: string;
  cpu: string;
  cores: number;
  seed: number;
  startedAt: string;
  wallSeconds: number;
}

/** The provenance of a run that started at `started` and ends now. */
export function describeProvenance(run: {
  command: string;
  config: object;
  engine: string;
  seed: number;
  started: Date;
}): Provenance {
  return {
    command: run.command,
    configHash: configHash(run.config),
    commit: codeCommit(),
    engine: run.engine,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    seed: run.seed,
    startedAt: run.started.toISOString(),
    wallSeconds: Math.round((Date.now() - run.started.getTime()) / 100) / 10,
  };
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
  return shellCommand(['didyprog', ...named]);
}

function codeCommit(): string {
  const root = fileURLToPath(new URL('../..', import.meta.url));
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
