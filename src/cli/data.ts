import { counted } from '../counted.js';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import {
  dataScriptNamed,
  loadCatalogue,
  stateOf,
  type DataScript,
} from '../data/acquire/catalogue.js';
import type { DownloadProgress } from '../data/acquire/download.js';
import { getDataSet } from '../data/acquire/get-data-set.js';
import { UsageError } from '../errors.js';
import { Interrupted, onStopSignal } from '../runner/interrupt.js';
import { dataFolderOf } from '../runner/run/data-files.js';
import { notice } from '../runner/notice.js';
import { isQuiet } from '../runner/quiet.js';
import { writeResult, writeWrapped } from '../terminal.js';
import { visible } from '../visible.js';

interface DataFlags {
  from?: string;
  data?: string;
  json?: boolean;
}

export function dataCommand(): Command {
  return new Command('data')
    .argument('[name]', 'the data set to get')
    .option('--from <path|url>', 'a copy: a folder, a zip, a gz or a file; or another address')
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog data
  didyprog data bach10
  didyprog data conll2003-en --from ~/corpora/conll2003.zip`,
    )
    .action(async (name: string | undefined, flags: DataFlags) => {
      const dataFolder = dataFolderOf(flags.data);
      const catalogue = await loadCatalogue();
      if (name !== undefined) await get(dataScriptNamed(catalogue, name), dataFolder, flags);
      else if (flags.from === undefined) await list(catalogue, dataFolder, flags);
      else
        throw new UsageError('--from needs the name of the data set: didyprog data NAME --from …');
    });
}

async function list(catalogue: readonly DataScript[], dataFolder: string, flags: DataFlags) {
  const rows = await Promise.all(
    catalogue.map(async (script) => {
      const { name, title, licence, origin, addresses, npmPackage, files } = script;
      return {
        ...{ name, title, licence, origin, addresses, npmPackage: npmPackage?.name },
        ...{ files: Object.keys(files).length },
        ...(await stateOf(script, dataFolder)),
      };
    }),
  );
  if (flags.json) {
    writeResult(`${JSON.stringify(rows)}\n`);
    return;
  }
  for (const row of rows) {
    const { name, title, licence, origin, files, state, folder, filesHere } = row;
    const here = {
      here: `here: ${folder}`,
      incomplete: `incomplete, ${filesHere} of ${files} files: ${folder}`,
      absent: 'not here',
    }[state];
    const copy = row.addresses.length === 0 && row.npmPackage === undefined;
    writeWrapped(`${name}  (${here})\n  ${title}\n  Licence: ${licence}\n`);
    if (state !== 'here') {
      if (copy) writeWrapped(`  Your own copy is needed, from ${origin}\n`);
      writeResult(`  Get it: didyprog data ${name}${copy ? ' --from PATH' : ''}\n`);
    }
    writeResult('\n');
  }
}

async function get(script: DataScript, dataFolder: string, flags: DataFlags): Promise<void> {
  notice(`${script.title}\nLicence: ${script.licence}`);
  const abort = new AbortController();
  const hint = 'Stopped; what has arrived is kept. Run the same command again to go on.';
  const restore = onStopSignal((signal) => {
    // A second one ends the process at once.
    restore();
    abort.abort(new Interrupted(signal, hint));
  });
  const display = process.stderr.isTTY && !isQuiet() ? new BarDisplay() : new LineDisplay();
  try {
    const got = await getDataSet(script, {
      dataFolder,
      from: flags.from,
      signal: abort.signal,
      onProgress: (address, progress) => display.show(address, progress),
    });
    display.stop();
    for (const note of got.notes) notice(`Note: ${note}`);
    const checked = got.notes.length > 0 ? '' : `, SHA-256 checked`;
    const verb = got.alreadyHere ? 'is already here' : 'is here now';
    writeResult(
      flags.json
        ? `${JSON.stringify(got)}\n`
        : `${got.name} ${verb}: ${got.folder} (${counted(got.files, 'file')}${checked})\n`,
    );
  } finally {
    display.stop();
    restore();
  }
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** A bar for each address, on a terminal. */
class BarDisplay {
  #bar: SingleBar | undefined;
  #address = '';

  show(address: string, { receivedBytes, totalBytes }: DownloadProgress): void {
    if (address !== this.#address) {
      this.stop();
      this.#address = address;
      const amount =
        totalBytes === undefined ? '{done} MB' : '{bar} {done}/{all} MB · {eta_formatted} left';
      this.#bar = new SingleBar({
        format: `{name} ${amount}`,
        stream: process.stderr,
        hideCursor: true,
        barsize: 24,
      });
      this.#bar.start(totalBytes ?? 0, receivedBytes, {
        name: visible(address.split('/').at(-1) ?? ''),
        done: '0',
        all: megabytes(totalBytes ?? 0),
      });
    }
    this.#bar?.update(receivedBytes, { done: megabytes(receivedBytes) });
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

/** A line at each start and end, and at most every ten seconds between. */
class LineDisplay {
  #address = '';
  #lastLine = 0;

  show(address: string, { receivedBytes, totalBytes }: DownloadProgress): void {
    const now = performance.now();
    const due = address !== this.#address || receivedBytes === totalBytes;
    if (!due && now - this.#lastLine < 10_000) return;
    this.#address = address;
    this.#lastLine = now;
    const total = totalBytes === undefined ? '' : ` of ${megabytes(totalBytes)}`;
    notice(`${address}: ${megabytes(receivedBytes)}${total} MB`);
  }

  stop(): void {
    // Every line is already out.
  }
}
