import { DataError } from '../../errors.js';

/** What is asked of verovio, an optional package that need not be there to compile. */
export interface Verovio {
  setOptions(options: Readonly<Record<string, unknown>>): void;
  loadData(text: string): number | boolean;
  getLog(): string;
  redoLayout(): void;
  getPageCount(): number;
  renderToSVG(page: number): string;
  /** A standard MIDI file as base64. */
  renderToMIDI(): string;
  renderToTimemap(options: Readonly<Record<string, unknown>>): TimedNotes[];
  getElementAttr(id: string): Record<string, string>;
}

/** What begins and ends at a moment of the score, repeats written out; tstamp in milliseconds. */
export interface TimedNotes {
  tstamp: number;
  on?: string[];
  off?: string[];
  measureOn?: string;
}

/** The modules that run: each takes a second to start. */
const running = new Map<string, unknown>();

/** Starts verovio. @param path what messages call the file that needs it */
export async function startVerovio(path: string, options: { humdrum: boolean }): Promise<Verovio> {
  // Names that are no literals: the package is optional.
  const module = options.humdrum ? 'verovio/wasm-hum' : 'verovio/wasm';
  const classes = 'verovio/esm';
  try {
    const { default: start } = (await import(module)) as { default: () => Promise<unknown> };
    if (!running.has(module)) running.set(module, await start());
    const { VerovioToolkit } = (await import(classes)) as {
      VerovioToolkit: new (module: unknown) => Verovio;
    };
    return new VerovioToolkit(running.get(module));
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

/** Forgets what runs, after something in a file broke it. */
export const stopVerovio = () => {
  running.clear();
};
