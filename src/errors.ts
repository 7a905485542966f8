/** The exit codes that a script can rely on. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  data: 3,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** Bad usage or an invalid config: nothing was started. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly exitCode = exitCodes.usage;
}

/**
 * Data that is missing or unreadable. Exit code 3. The message names the file, and the line or the
 * index where there is one, what was expected, and for missing data the command that gets it.
 */
export class DataError extends Error {
  override name = 'DataError';
  readonly exitCode = exitCodes.data;
}

/**
 * A file that could not be written: a full disk, a read-only folder. Exit code 1. What was there
 * before is still there.
 */
export class StorageError extends Error {
  override name = 'StorageError';
  readonly exitCode = exitCodes.failed;
}
