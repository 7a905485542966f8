import { count, countTo, fileEnding, positiveNumber, wholeNumber } from '../../option-values.js';
import type { ConfigValue } from '../../runner/config/config.js';
import type { Flag, TrainCommand, UseCommand } from '../experiment.js';
import { featuresSchema, type AlignConfig, type EndToEndConfig } from './config.js';
import type { FileFlags } from './file/file-command.js';
import type { GenerateFlags } from './file/generate-command.js';

const htkMel = {
  windowSeconds: 0.0929,
  hopSeconds: 0.04,
  melBands: 40,
  mel: 'htk',
  norm: 'none',
  lowestHz: 30,
  highestHz: 8000,
};

/** Features by name, for --features: what the configs of Bach10 use, and two more. */
const namedFeatures: Record<string, ConfigValue> = {
  mfcc: { kind: 'mfcc', ...htkMel, coefficients: 20, log: 'ln', offset: 1e-8 },
  mel: { kind: 'mel', ...htkMel, scale: 100 },
  semitone: { kind: 'semitone', windowSeconds: 0.1858, hopSeconds: 0.04 },
  chroma: { kind: 'chroma', windowSeconds: 0.1858, hopSeconds: 0.04 },
};

type AlignFlags = {
  features?: string;
  select?: boolean;
} & Partial<Pick<EndToEndConfig, 'omega' | 'gamma' | 'loss'>>;

/** The flags of every leave-one-out. @param beside what it writes beside its table and numbers */
export const foldFlags = (beside: string): Flag[] => [
  { flag: '--folds <n>', parse: count, key: 'folds' },
  {
    flag: '--select',
    description: 'choose the settings of every fold on its training pieces, write them down',
  },
  {
    flag: '--results <folder>',
    description: `also write the table, numbers and ${beside} there`,
  },
];

/** `didyprog align NAME`: a leave-one-out with these configs. */
export function alignDataSet(
  name: string,
  description: string,
  configs: readonly string[],
): TrainCommand<AlignConfig, AlignFlags> {
  return {
    words: ['align', name],
    description,
    examples: [
      `align ${name}`,
      `align ${name} --omega l2 --gamma 1 --folds 2`,
      `align ${name} --out runs/mine --resume`,
    ],
    flags: [
      { flag: '--omega <name>', about: 'endToEnd.0.omega' },
      { flag: '--gamma <number>', parse: positiveNumber, about: 'endToEnd.0.gamma' },
      { flag: '--loss <name>', about: 'endToEnd.0.loss' },
      {
        flag: '--features <name>',
        description: 'the features',
        choices: Object.keys(namedFeatures),
      },
      ...foldFlags('figures'),
    ],
    instead: 'ones of this data set',
    configs: () => configs,
    adjust,
    other: (config, options, { select }) =>
      select
        ? import('./run.js').then(({ selectAlign }) => selectAlign(config, options))
        : undefined,
    report: true,
  };
}

/** `didyprog align train`: recordings of one's own, leave-one-out, and a model of all of them. */
export function alignOwn(): TrainCommand<AlignConfig, AlignFlags> {
  const base = alignDataSet('train', 'train on recordings of your own: WAV, MIDI and onsets', [
    'align/files.yaml',
  ]);
  return {
    ...base,
    examples: [
      'align train my/recordings --out runs/mine',
      'align file other.wav other.mid --model runs/mine',
    ],
    argument: [
      '[folder]',
      'STEM.wav (.mp3, .flac, …), STEM.mid and, if known, onsets in STEM.csv',
      'folder',
    ],
    flags: [
      {
        flag: '--folder <folder>',
        description: 'the same as the argument',
        key: 'data',
        keyValue: (folder) => ({ source: 'files', folder }),
      },
      ...base.flags,
    ],
    instead: 'one for recordings of your own',
  };
}

/** --omega, --gamma and --loss apply to the first setting. */
function adjust(config: AlignConfig, { features, omega, gamma, loss }: AlignFlags): AlignConfig {
  const changed = { ...config };
  if (features !== undefined) {
    // Other features, other scores: recorded choices and tied weights no longer apply.
    if (features !== 'semitone') changed.model = { ...config.model, weights: 'free' };
    changed.features = featuresSchema.parse(namedFeatures[features]);
    changed.title = `${features} features, ${config.model.output} over pitches`;
    changed.choices = undefined;
  }
  if (omega !== undefined || gamma !== undefined || loss !== undefined) {
    const first = { ...config.endToEnd[0]! };
    first.omega = omega ?? first.omega;
    first.gamma = gamma ?? first.gamma;
    first.loss = loss ?? first.loss;
    first.name = `end-to-end, ${first.omega}, γ ${first.gamma}, ${first.loss} loss`;
    changed.endToEnd = [first];
  }
  return changed;
}

/** `didyprog align generate`: recordings to try the commands on. */
export const alignGenerate: UseCommand = {
  words: ['align', 'generate'],
  description: 'write generated recordings with scores and onsets, to try the commands on',
  arguments: [['<folder>', 'a new or empty folder']],
  flags: [
    { flag: '--pieces <n>', description: 'how many', parse: countTo(1000), default: 5 },
    { flag: '--seed <n>', description: 'other pieces', parse: wholeNumber, default: 0 },
    { flag: '--json', description: 'print the names as JSON' },
  ],
  help: `
Each is STEM.wav, its score STEM.mid, and the onset of each score event in STEM.csv: what align train
reads, and evaluate --truth. Nothing that is measured on them is a result about music.

Examples:
  didyprog align generate my/recordings
  didyprog align train my/recordings --out runs/mine`,
  async run(folder: string, flags: GenerateFlags) {
    const { generateRecordings } = await import('./file/generate-command.js');
    await generateRecordings(folder, flags);
  },
};

/** `didyprog align file`: a user's own recording with their own score. */
export const alignFile: UseCommand = {
  words: ['align', 'file'],
  description: 'align a recording of your own with its score',
  arguments: [
    ['<recording>', 'the recording: WAV, MP3, FLAC, Ogg Vorbis or Opus'],
    ['<score>', 'the score: MIDI, MusicXML (.mxl too), MEI or Humdrum'],
  ],
  flags: [
    {
      flag: '--model <run>',
      description: 'a run directory or a model.json (default: the one that ships)',
    },
    {
      flag: '--write <names...>',
      description: 'what is written (default: csv, json, svg)',
      choices: ['csv', 'json', 'svg', 'midi', 'audacity', 'sonic-visualiser'],
    },
    {
      flag: '--page <file.html>',
      description:
        'also a page to listen to: the score lit as it plays, the soft alignment, doubts',
      parse: fileEnding('.html', '.htm'),
    },
    {
      flag: '--jumps <from:to,…>',
      description:
        'bars (of MIDI: events) after which the recording may go on at another; or a file',
    },
    { flag: '--strict', description: 'exit with 1 when something about the alignment is doubtful' },
    {
      flag: '--out <folder>',
      description: 'where the CSV, JSON and figure go (default: beside the recording)',
    },
    {
      flag: '--band <n>',
      description: 'with a pitch model: how many events the alignment may stray from the diagonal',
      parse: wholeNumber,
    },
    {
      flag: '--truth <file>',
      description: 'the true onset of each event in seconds, CSV or text: prints the errors',
    },
    { flag: '--json', description: 'print the onsets and the files as JSON' },
  ],
  help: `
Writes the onset of every score event as RECORDING.onsets.csv and .json, and a figure. Level, tuning
and noise do not matter, nor does silence or applause around the music; a recording in another key
than the score is found and said. Repeats are played as the score writes them, but may be left out or
played once more, and a recording may hold a part of the score: what differs from the score is said on
stderr and stands as structure in the JSON. Between from_seconds and to_seconds an onset is with a
probability of about 90 %. What is doubtful, such as a score of another piece, is said on stderr.

Examples:
  didyprog align file performance.wav score.mid --out aligned
  didyprog align file performance.wav score.mid --write midi audacity --strict
  didyprog align file performance.mp3 sonata.mxl --jumps 16:1,32:17
  didyprog align file performance.flac score.musicxml --page aligned.html`,
  async run(recording: string, score: string, flags: FileFlags) {
    const { alignFile } = await import('./file/file-command.js');
    await alignFile(recording, score, flags);
  },
};
