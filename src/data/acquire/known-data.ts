import { loadCatalogue } from './catalogue.js';

/** A file of a data set of the catalogue. */
export interface KnownFile {
  dataSet: string;
  title: string;
  /** Below the data set's folder, with / between folders. */
  path: string;
}

/** A file that a run read. Without a sum, as version 0.1.0 wrote it, the name has to do. */
export interface UsedFile {
  use: string;
  /** Relative to the data folder. */
  name: string;
  sha256?: string | undefined;
}

const bySum = new Map<string, KnownFile>();
const byName = new Map<string, KnownFile>();
for (const { name, title, files } of await loadCatalogue()) {
  for (const [path, sum] of Object.entries(files)) {
    const file = { dataSet: name, title, path };
    bySum.set(sum, file);
    byName.set(`${name}/${path}`, file);
  }
}

/** What the catalogue knows a file as, by what it holds. */
export function knownAs({ name, sha256 }: Omit<UsedFile, 'use'>): KnownFile | undefined {
  return sha256 === undefined ? byName.get(name) : bySum.get(sha256);
}

/** Whether recordings with their scores are the ten pieces of Bach10, whole. */
export function isBach10(files: readonly UsedFile[]): boolean {
  const expected = [...byName.values()].filter(
    ({ dataSet, path }) => dataSet === 'bach10' && /\.(wav|txt)$/.test(path),
  );
  const known = files.map((file) => ({ file, known: knownAs(file) }));
  // A recording beside the score of another piece would be another data set.
  const pieces = new Map<string, string>();
  const matches = known.every(({ file: { use }, known }) => {
    const [stem, extension] = [use.slice(0, -4), use.slice(-4)];
    const piece = known?.path.slice(0, -4);
    if (known?.dataSet !== 'bach10' || !piece || !known.path.endsWith(extension)) return false;
    if (!pieces.has(stem)) pieces.set(stem, piece);
    return pieces.get(stem) === piece;
  });
  const paths = new Set(known.map(({ known }) => known?.path));
  return matches && files.length === expected.length && paths.size === expected.length;
}

/** A language of the CoNLL shared tasks of 2002 and 2003. */
export type ConllLanguage = 'en' | 'es' | 'de' | 'nl';

/** The shared tasks’ own files: data set, and the file names before .train, .testa and .testb. */
const conllFiles: Record<ConllLanguage, { dataSet: string; stem: string; title: string }> = {
  en: { dataSet: 'conll2003-en', stem: 'eng', title: 'CoNLL-2003 English' },
  es: { dataSet: 'conll2002', stem: 'esp', title: 'CoNLL-2002 Spanish' },
  de: { dataSet: 'conll2003-de', stem: 'deu', title: 'CoNLL-2003 German' },
  nl: { dataSet: 'conll2002', stem: 'ned', title: 'CoNLL-2002 Dutch' },
};

export const conllLanguages = Object.keys(conllFiles) as ConllLanguage[];

export const conllTitle = (language: ConllLanguage) => conllFiles[language].title;

/** The shared task that training, development and test file are those of, if any. */
export function conllLanguage(files: readonly UsedFile[]): ConllLanguage | undefined {
  const parts = { train: 'train', development: 'testa', test: 'testb' };
  return conllLanguages.find((language) => {
    const { dataSet, stem } = conllFiles[language];
    return Object.entries(parts).every(([use, extension]) => {
      const file = files.find((file) => file.use === use);
      const known = file && knownAs(file);
      return known?.dataSet === dataSet && known.path === `${stem}.${extension}`;
    });
  });
}

/** The data sets of parallel text whose files can be known. */
export type ParallelDataSet = 'multi30k-fr-en' | 'tatoeba-fr-en' | 'wmt14-fr-en';

const parallelDataSets: readonly ParallelDataSet[] = [
  'multi30k-fr-en',
  'tatoeba-fr-en',
  'wmt14-fr-en',
];

/**
 * The data set that parallel text is, if any: each file in the place of its use. Of WMT14 the
 * training files are the user’s choice; development and test sets count.
 */
export function parallelDataSet(files: readonly UsedFile[]): ParallelDataSet | undefined {
  return parallelDataSets.find((dataSet) => {
    const counted = files.filter(({ use }) => !use.startsWith('training/'));
    return (
      counted.length > 0 &&
      counted.every((file) => {
        const known = knownAs(file);
        return known?.dataSet === dataSet && known.path === file.use;
      })
    );
  });
}

/** Word vectors in a table: what they are, and the file. */
export function vectorsText(file: UsedFile): string {
  const title = knownAs(file)?.title;
  const sum = file.sha256 === undefined ? '' : `, SHA-256 ${file.sha256.slice(0, 12)}…`;
  return title ? `${title} (${file.name}${sum})` : `${file.name}${sum && ` (${sum.slice(2)})`}`;
}
