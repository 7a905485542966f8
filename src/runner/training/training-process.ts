/**
 * Flags of Node for a process that trains on so many threads. A training step makes and drops tens of
 * megabytes of arrays, so that V8 collects at nearly every step. Where a training has one thread
 * because others have the rest, V8's helper threads take the time of those; with several threads it
 * is better off with the helpers. Not every runtime has the flag.
 */
export function collectorFlags(threads: number): string[] {
  const isNode = !('bun' in process.versions) && !('deno' in process.versions);
  return isNode && threads === 1 ? ['--single-threaded-gc'] : [];
}

/**
 * Has the C library keep the memory that arrays leave, instead of giving it back to the system and
 * asking for it again at the next step: each page of it is then a page fault, and on a virtual
 * machine those can take a third of a training step. glibc reads these variables once, when a
 * process starts; other C libraries pass them over.
 *
 * Before 2.35 glibc takes no greater threshold for mapping than 32 MiB.
 */
export function keptMemory(): Record<string, string> {
  const version = glibcVersion();
  if (version === undefined || process.env['MALLOC_TRIM_THRESHOLD_'] !== undefined) return {};
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const mapping = major > 2 || minor >= 35 ? 2 ** 30 : 2 ** 25;
  return { MALLOC_TRIM_THRESHOLD_: String(2 ** 32 - 1), MALLOC_MMAP_THRESHOLD_: String(mapping) };
}

/**
 * Starts this process over with `keptMemory`, the same program and arguments under the same number.
 * Without `process.execve` (Node before 22.15) and without glibc it does nothing.
 */
export function restartToTrain(): void {
  // The types are those of the oldest Node.
  const { execve } = process as { execve?: Execve };
  if (!execve) return;
  const environment = keptMemory();
  if (Object.keys(environment).length === 0) return;
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  execve(process.execPath, words, { ...definedEnvironment(), ...environment });
}

type Execve = (file: string, words: string[], environment: Record<string, string>) => never;

function glibcVersion(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  // Without this the report may wait for name servers.
  Object.assign(process.report!, { excludeNetwork: true });
  const { header } = process.report!.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
}

function definedEnvironment(): Record<string, string> {
  const pairs = Object.entries(process.env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as Record<string, string>;
}
