import { DataError } from '../../../errors.js';

/** What is asked of verovio, an optional package that need not be there to compile. */
export interface Verovio {
  setOptions(options: Readonly<Record<string, unknown>>): void;
  loadData(text: string): number | boolean;
  /** What the last call that read or rendered had to say, a line each. */
  getLog(): string;
  redoLayout(): void;
  getPageCount(): number;
  renderToSVG(page: number): string;
  /** A standard MIDI file as base64. */
  renderToMIDI(): string;
  renderToTimemap(options: Readonly<Record<string, unknown>>): TimedNotes[];
  getElementAttr(id: string): Record<string, string>;
}

/** What begins and ends at a moment of the score, repeats written out. */
export interface TimedNotes {
  /** Milliseconds, and quarters. */
  tstamp: number;
  qstamp: number;
  on?: string[];
  off?: string[];
  measureOn?: string;
}

/** A module that runs, and the lines that it has printed. */
interface Running {
  module: unknown;
  printed: string[];
}

/** Each takes a second to start. */
const running = new Map<string, Running>();

/**
 * Starts verovio.
 * @param path what messages call the file that needs it
 * @returns with the lines that it prints from now on beside its log, as its parser of Humdrum does
 */
export async function startVerovio(
  path: string,
  options: { humdrum: boolean },
): Promise<{ toolkit: Verovio; printed: readonly string[] }> {
  // Names that are no literals: the package is optional.
  const module = options.humdrum ? 'verovio/wasm-hum' : 'verovio/wasm';
  const classes = 'verovio/esm';
  try {
    const { default: start } = (await import(module)) as { default: () => Promise<unknown> };
    const found = running.get(module) ?? (await startModule(start));
    running.set(module, found);
    found.printed.length = 0;
    const { VerovioToolkit, enableLogToBuffer } = (await import(classes)) as {
      VerovioToolkit: new (module: unknown) => Verovio;
      enableLogToBuffer(value: boolean, module: unknown): void;
    };
    // Otherwise it writes to the console.
    enableLogToBuffer(true, found.module);
    return { toolkit: new VerovioToolkit(found.module), printed: found.printed };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataError(
      `${path}: scores other than MIDI are read by verovio, ` +
        (code === 'ERR_MODULE_NOT_FOUND' && message.includes('verovio')
          ? 'which is not installed (optional): npm install verovio; or export it as a standard MIDI file'
          : `which does not start: ${message.split('\n')[0]!}`),
    );
  }
}

/** More lines than anyone reads. */
const mostPrinted = 100;
const { log, error } = console;

/**
 * Starts a module whose output is kept. It takes no function for that, but the console's own as they
 * are while it starts: what others write to the console meanwhile goes where it should.
 */
async function startModule(start: () => Promise<unknown>): Promise<Running> {
  const printed: string[] = [];
  let isStarting = true;
  const into =
    (write: (...words: unknown[]) => void) =>
    (...words: unknown[]) => {
      if (isStarting) write(...words);
      else if (printed.length < mostPrinted) printed.push(words.map(String).join(' '));
    };
  console.log = into(log);
  console.error = into(error);
  try {
    return { module: await start(), printed };
  } finally {
    isStarting = false;
    Object.assign(console, { log, error });
  }
}

/** Forgets what runs, after something in a file broke it. */
export const stopVerovio = () => {
  running.clear();
};
