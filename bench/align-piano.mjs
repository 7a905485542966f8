/**
 * `align file` on performed piano: performances of the Vienna 4x22 corpus, whose match files say when
 * each note of the score is played, rendered by fluidsynth. Needs fluidsynth, a General MIDI sound font
 * and a clone of https://github.com/CPJKU/vienna4x22.
 *
 *   node bench/align-piano.mjs CLONE [--font FILE.sf2] [--cases 8] [--keep FOLDER] [--only NAME]
 *     [--model RUN]
 *
 * NAME is one of the conditions below, or 'wrong pairs': recordings with scores of other pieces, which are
 * to be doubted. The model that ships is trained on Bach10 alone. synctoolbox is run beside it where `python3 -c
 * "import synctoolbox"` works; its wheel needs numba and libfmp, which this script does not install.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeMidi } from 'midi-file';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    font: { type: 'string', default: '/usr/share/sounds/sf2/default-GM.sf2' },
    cases: { type: 'string', default: '8' },
    keep: { type: 'string' },
    only: { type: 'string' },
    model: { type: 'string' },
  },
});
const [corpus] = positionals;
if (!corpus) throw new Error('the folder of the clone is missing');
const { alignAudio, readOnsetModel, shippedOnsets } = await import('../dist/alignment/index.js');
const { readScore } = await import('../dist/data/readers/score.js');
const { readWav, encodeWav16 } = await import('../dist/data/readers/wav.js');
const { onsetErrors } = await import('../dist/metrics/onset-errors.js');

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'align-piano-'));
mkdirSync(folder, { recursive: true });

/** Seconds of a beat in the scores' MIDI files: match files give no tempo. */
const secondsPerBeat = 0.5;
const steps = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const accidentals = { n: 0, '#': 1, b: -1, '##': 2, x: 2, bb: -2 };

/** The notes of the score, each with when it is played, and all that was played, with the pedal. */
function readMatch(path) {
  const text = readFileSync(path, 'utf8');
  const info = (key) => Number(text.match(new RegExp(`info\\(${key},(\\d+)\\)`))[1]);
  const tick = info('midiClockRate') / info('midiClockUnits') / 1e6;
  const score = [];
  const played = [];
  const pedal = [];
  for (const line of text.split('\n')) {
    const note = line.match(/note\(n\d+,(\d+),(\d+),(\d+),(\d+),/);
    if (note && !/deletion/.test(line)) {
      const [pitch, on, off, velocity] = note.slice(1).map(Number);
      played.push({ pitch, on: on * tick, off: off * tick, velocity });
    }
    const asked = line.match(
      /^snote\([^,]+,\[(\w),([^\]]+)\],(-?\d+),[^,]+,[^,]+,[^,]+,([-\d.]+),([-\d.]+)/,
    );
    if (asked) {
      const [, step, accidental, octave, onset, offset] = asked;
      const pitch = 12 * (Number(octave) + 1) + steps[step] + accidentals[accidental];
      const at = line.includes(')-note(') ? played.at(-1).on : undefined;
      score.push({ pitch, on: Number(onset), off: Number(offset), at });
    }
    const sustain = line.match(/^sustain\((\d+),(\d+)\)/);
    if (sustain) pedal.push({ at: Number(sustain[1]) * tick, value: Number(sustain[2]) });
  }
  return { score, played, pedal };
}

const ticksPerSecond = 960;

/** A MIDI file of timed events, in seconds. */
function midiFile(events) {
  let now = 0;
  const track = events
    .map(({ seconds, first, ...event }, order) => {
      return { tick: Math.round(seconds * ticksPerSecond), first, order, event };
    })
    .sort((a, b) => a.tick - b.tick || a.first - b.first || a.order - b.order)
    .map(({ tick, event }) => {
      const deltaTime = tick - now;
      now = tick;
      return { deltaTime, ...event };
    });
  track.push({ deltaTime: ticksPerSecond, meta: true, type: 'endOfTrack' });
  return Buffer.from(
    writeMidi({
      header: { format: 0, numTracks: 1, ticksPerBeat: ticksPerSecond / 2 },
      tracks: [track],
    }),
  );
}

const noteEvents = ({ pitch, on, off, velocity = 80, channel = 0 }) => [
  { seconds: on, first: 1, channel, type: 'noteOn', noteNumber: pitch, velocity },
  {
    seconds: Math.max(off, on + 0.02),
    first: 0,
    channel,
    type: 'noteOff',
    noteNumber: pitch,
    velocity: 0,
  },
];

function scoreFile(score) {
  const first = Math.min(...score.map(({ on }) => on));
  const seconds = (beats) => (beats - first) * secondsPerBeat;
  return midiFile(
    score.flatMap(({ pitch, on, off }) =>
      noteEvents({ pitch, on: seconds(on), off: Math.max(seconds(off), seconds(on) + 0.05) }),
    ),
  );
}

/** The sound of a performance. */
function render(
  name,
  { played, pedal },
  { program = 0, stretch = 1, semitones = 0, applause = false },
) {
  const events = [
    { seconds: 0, first: -1, channel: 0, type: 'programChange', programNumber: program },
    ...played.flatMap(({ pitch, on, off, ...note }) =>
      noteEvents({ ...note, pitch: pitch + semitones, on: on * stretch, off: off * stretch }),
    ),
    // Of instruments without a pedal it would blur what is played.
    ...(program === 0 ? pedal : []).map(({ at, value }) => ({
      seconds: at * stretch,
      first: 0,
      channel: 0,
      type: 'controller',
      controllerType: 64,
      value,
    })),
  ];
  if (applause) {
    const end = stretch * Math.max(...played.map(({ off }) => off)) + 1;
    events.push({ seconds: 0, first: -1, channel: 1, type: 'programChange', programNumber: 126 });
    for (const pitch of [60, 64, 67]) {
      events.push(...noteEvents({ pitch, on: end, off: end + 8, velocity: 110, channel: 1 }));
    }
  }
  const stem = join(folder, name);
  writeFileSync(`${stem}.mid`, midiFile(events));
  const args = [
    '-ni',
    '-q',
    '-g',
    '0.5',
    '-r',
    '44100',
    '-F',
    `${stem}.wav`,
    values.font,
    `${stem}.mid`,
  ];
  const { status, stderr } = spawnSync('fluidsynth', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`fluidsynth: ${stderr}`);
  return readWav(`${stem}.wav`, () => {});
}

/** Normal noise, the same at every run. */
function noise(length) {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float64Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

const power = (samples) => samples.reduce((sum, x) => sum + x * x, 0) / samples.length;

/** What becomes of the sound and of the times. `shift` and `stretch` apply to true onsets. */
const conditions = {
  plain: {},
  '30 % slower': { stretch: 1.3 },
  '+40 cents': {
    // Played faster by as much, which also raises it.
    change: (audio) => ({ ...audio, sampleRate: Math.round(audio.sampleRate * 2 ** (40 / 1200)) }),
    times: 2 ** (-40 / 1200),
  },
  '+100 cents': {
    change: (audio) => ({ ...audio, sampleRate: Math.round(audio.sampleRate * 2 ** (100 / 1200)) }),
    times: 2 ** (-100 / 1200),
  },
  '6 semitones lower': { semitones: -6 },
  'noise at 10 dB': {
    change({ samples, ...audio }) {
      const scale = Math.sqrt(power(samples) / 10);
      const added = noise(samples.length);
      return { ...audio, samples: samples.map((x, n) => x + scale * added[n]) };
    },
  },
  'silence, applause': {
    applause: true,
    change: ({ samples, sampleRate }) => {
      const longer = new Float64Array(samples.length + 3 * sampleRate);
      longer.set(samples, 3 * sampleRate);
      return { sampleRate, samples: longer };
    },
    shift: 3,
  },
  '−40 dB': {
    change: ({ samples, ...audio }) => ({ ...audio, samples: samples.map((x) => x / 100) }),
  },
  organ: { program: 19 },
  strings: { program: 48 },
  flute: { program: 73 },
};

const performances = readdirSync(join(corpus, 'match'))
  .filter((name) => name.endsWith('.match'))
  .map((name) => name.slice(0, -6));
const titles = [...new Set(performances.map((name) => name.replace(/_p\d+$/, '')))];
const each = Math.ceil(Number(values.cases) / titles.length);
// Spread over the 22 pianists.
const chosen = titles.flatMap((title) => {
  const all = performances.filter((name) => name.startsWith(title));
  return Array.from({ length: each }, (_, at) => all[Math.floor((at * all.length) / each)]);
});

const model = await readOnsetModel(values.model ?? shippedOnsets);

/** Each recording with the scores of other pieces: how many of the pairs are doubted. */
async function tryWrongPairs() {
  let [doubted, pairs] = [0, 0];
  for (const [at, performance] of chosen.entries()) {
    const match = readMatch(join(corpus, 'match', `${performance}.match`));
    const audio = await render(performance, match, {});
    const title = (name) => name.replace(/_p\d+$/, '');
    const others = [...chosen.slice(at), ...chosen.slice(0, at)].filter(
      (other) => title(other) !== title(performance),
    );
    for (const other of others.slice(0, Math.ceil(20 / chosen.length))) {
      const path = join(folder, `${other}.score.mid`);
      writeFileSync(path, scoreFile(readMatch(join(corpus, 'match', `${other}.match`)).score));
      const { warnings, agreement, distinctness } = alignAudio(audio, await readScore(path), model);
      const isDoubted = warnings.some((text) => text.includes('does not sound like the score'));
      console.log(
        `${performance} with ${other}: agreement ${agreement.toFixed(2)}, distinctness ` +
          `${distinctness.toFixed(2)}, ${isDoubted ? 'doubted' : 'NOT DOUBTED'}`,
      );
      pairs++;
      if (isDoubted) doubted++;
    }
  }
  console.log(`wrong pairs: ${doubted} of ${pairs} doubted`);
}

const wrongPairs = 'wrong pairs';
if ([undefined, wrongPairs].includes(values.only)) await tryWrongPairs();
console.log('condition            RMSE    MAD     median  ≤ 50 ms  ≤ 100 ms  max     warnings  s');
for (const [name, condition] of Object.entries(conditions)) {
  if (values.only !== undefined && values.only !== name) continue;
  const errors = [];
  let [seconds, warned] = [0, 0];
  for (const performance of chosen) {
    const match = readMatch(join(corpus, 'match', `${performance}.match`));
    const scorePath = join(folder, `${performance}.score.mid`);
    writeFileSync(scorePath, scoreFile(match.score));
    const score = await readScore(scorePath);
    const { stretch = 1, times = 1, shift = 0, change = (audio) => audio } = condition;
    const audio = change(await render(performance, match, condition));
    if (values.keep) {
      writeFileSync(
        join(folder, `${performance}.${name.replaceAll(/\W/g, '')}.wav`),
        encodeWav16(audio),
      );
    }
    const started = Date.now();
    const { events, warnings, agreement, distinctness } = alignAudio(audio, score, model);
    seconds += (Date.now() - started) / 1000;
    warned += warnings.length > 0 ? 1 : 0;
    const first = Math.min(...match.score.map(({ on }) => on));
    const found = [];
    const truth = [];
    for (const { scoreOnsetSeconds, onsetSeconds } of events) {
      const notes = match.score.filter(
        ({ on, at }) =>
          at !== undefined && Math.abs((on - first) * secondsPerBeat - scoreOnsetSeconds) < 0.031,
      );
      if (notes.length === 0) continue;
      const at = notes.reduce((sum, note) => sum + note.at, 0) / notes.length;
      found.push(onsetSeconds);
      truth.push(at * stretch * times + shift);
    }
    const one = onsetErrors(found.slice(1), truth.slice(1));
    if (values.only !== undefined)
      console.log(
        performance,
        one.meanAbsolute.toFixed(3),
        one.within50ms.toFixed(3),
        one.max.toFixed(2),
        `agreement ${agreement.toFixed(2)}, distinctness ${distinctness.toFixed(2)}`,
        warnings.join('; '),
      );
    errors.push(one);
  }
  const mean = (key) => errors.reduce((sum, error) => sum + error[key], 0) / errors.length;
  const most = errors.reduce((max, error) => Math.max(max, error.max), 0);
  console.log(
    [
      name.padEnd(20),
      mean('rmse').toFixed(3).padEnd(7),
      mean('meanAbsolute').toFixed(3).padEnd(7),
      mean('medianAbsolute').toFixed(3).padEnd(7),
      `${(100 * mean('within50ms')).toFixed(1)} %`.padEnd(8),
      `${(100 * mean('within100ms')).toFixed(1)} %`.padEnd(9),
      most.toFixed(2).padEnd(7),
      `${warned} of ${errors.length}`.padEnd(9),
      seconds.toFixed(1),
    ].join(' '),
  );
}
