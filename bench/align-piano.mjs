/**
 * `align file` on performed piano: performances of the Vienna 4x22 corpus, whose match files say when
 * each note of the score is played, rendered by fluidsynth. Needs fluidsynth, a General MIDI sound font
 * and a clone of https://github.com/CPJKU/vienna4x22.
 *
 *   node bench/align-piano.mjs CLONE [--font FILE.sf2] [--cases 8] [--keep FOLDER] [--only NAME]
 *     [--model RUN] [--peer PYTHON] [--results FOLDER] [--page]
 *
 * NAME is one of the conditions below, or 'wrong pairs': recordings with scores of other pieces, which are
 * to be doubted. The model that ships is trained on Bach10 alone. With --peer PYTHON, an interpreter that
 * finds synctoolbox and libfmp, synctoolbox aligns the same recordings: align-peer.py says how.
 * With --page the page is written anew from what FOLDER holds, and nothing is measured.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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
    peer: { type: 'string' },
    results: { type: 'string' },
    page: { type: 'boolean' },
  },
});
const [corpus] = positionals;
if (!corpus) throw new Error('the folder of the clone is missing');
const { alignAudio, readOnsetModel, shippedOnsets } = await import('../dist/alignment/index.js');
const { readScore } = await import('../dist/data/readers/scores/score.js');
const { readWav, encodeWav16 } = await import('../dist/data/readers/audio/wav.js');
const { onsetErrors } = await import('../dist/metrics/onset-errors.js');
const { writeAside } = await import('../dist/runner/write-aside.js');
const { tableToMarkdown } = await import('../dist/report/table.js');

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
      /^snote\([^,]+,\[(\w),([^\]]+)\],(-?\d+),[^,]+,[^,]+,[^,]+,([-\d.]+),([-\d.]+),\[([^\]]*)\]/,
    );
    if (asked) {
      const [, step, accidental, octave, onset, offset, marks] = asked;
      const pitch = 12 * (Number(octave) + 1) + steps[step] + accidentals[accidental];
      const at = line.includes(')-note(') ? played.at(-1).on : undefined;
      const isGrace = marks.split(',').includes('grace');
      score.push({ pitch, on: Number(onset), off: Number(offset), at, isGrace });
    }
    const sustain = line.match(/^sustain\((\d+),(\d+)\)/);
    if (sustain) pedal.push({ at: Number(sustain[1]) * tick, value: Number(sustain[2]) });
  }
  return { score: gracesBefore(score), played, pedal };
}

/** Beats that a grace note has in the scores' MIDI files. */
const graceBeats = 1 / 8;

/**
 * The corpus gives grace notes the onset of the note that they lead to. Here they stand before it, one
 * after the other, as notation programs write them: Chopin's op. 38 ends with a chord that is written out
 * as seven of them and takes two seconds.
 */
function gracesBefore(score) {
  return score.map(({ isGrace, on, off, ...note }, n) => {
    if (!isGrace) return { ...note, on, off };
    const later = score.slice(n).filter((other) => other.isGrace && other.on === on).length;
    return { ...note, on: on - later * graceBeats, off: Math.max(off, on) };
  });
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

/** The notes of a score in seconds, from 0. */
function timedNotes(score) {
  const first = Math.min(...score.map(({ on }) => on));
  const seconds = (beats) => (beats - first) * secondsPerBeat;
  return score.map(({ pitch, on, off }) => ({
    pitch,
    on: seconds(on),
    off: Math.max(seconds(off), seconds(on) + 0.05),
  }));
}

const scoreFile = (score) => midiFile(timedNotes(score).flatMap(noteEvents));

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
const title = (name) => name.replace(/_p\d+$/, '');
const titles = [...new Set(performances.map(title))];
const each = Math.ceil(Number(values.cases) / titles.length);
// Spread over the 22 pianists.
const chosen = titles.flatMap((title) => {
  const all = performances.filter((name) => name.startsWith(title));
  return Array.from({ length: each }, (_, at) => all[Math.floor((at * all.length) / each)]);
});

const model = await readOnsetModel(values.model ?? shippedOnsets);
const matchOf = (name) => readMatch(join(corpus, 'match', `${name}.match`));

async function scoreOf(name, match) {
  const path = join(folder, `${name}.score.mid`);
  writeFileSync(path, scoreFile(match.score));
  return readScore(path);
}

/** Each recording with the scores of other pieces: which of the pairs are doubted. */
async function tryWrongPairs() {
  const pairs = [];
  for (const [at, performance] of chosen.entries()) {
    const audio = await render(performance, matchOf(performance), {});
    const others = [...chosen.slice(at), ...chosen.slice(0, at)].filter(
      (other) => title(other) !== title(performance),
    );
    for (const other of others.slice(0, Math.ceil(20 / chosen.length))) {
      const score = await scoreOf(other, matchOf(other));
      const { warnings, agreement, distinctness } = alignAudio(audio, score, model);
      const isDoubted = warnings.some((text) => text.includes('does not sound like the score'));
      console.log(
        `${performance} with ${other}: agreement ${agreement.toFixed(2)}, distinctness ` +
          `${distinctness.toFixed(2)}, ${isDoubted ? 'doubted' : 'NOT DOUBTED'}`,
      );
      pairs.push({ performance, score: other, agreement, distinctness, isDoubted });
    }
  }
  return pairs;
}

/** The alignments of one performance under a condition, against when its notes are struck. */
async function tryPerformance(performance, name) {
  const condition = conditions[name];
  const match = matchOf(performance);
  const score = await scoreOf(performance, match);
  const { stretch = 1, times = 1, shift = 0, change = (audio) => audio } = condition;
  const audio = change(await render(performance, match, condition));
  const recording = join(folder, `${performance}.${name.replaceAll(/\W/g, '')}.wav`);
  if (values.keep || values.peer) writeFileSync(recording, encodeWav16(audio));
  const started = Date.now();
  const { events, warnings, agreement, distinctness } = alignAudio(audio, score, model);
  const seconds = (Date.now() - started) / 1000;

  const first = Math.min(...match.score.map(({ on }) => on));
  const struck = ({ scoreOnsetSeconds }) => {
    const notes = match.score.filter(
      ({ on, at }) =>
        at !== undefined && Math.abs((on - first) * secondsPerBeat - scoreOnsetSeconds) < 0.031,
    );
    const mean = notes.reduce((sum, { at }) => sum + at, 0) / notes.length;
    return mean * stretch * times + shift;
  };
  const known = events
    .slice(1)
    .map((event) => ({ ...event, truth: struck(event) }))
    .filter(({ truth }) => !Number.isNaN(truth));
  const truth = known.map((event) => event.truth);
  const errors = onsetErrors(
    known.map(({ onsetSeconds }) => onsetSeconds),
    truth,
  );
  const inside = known.filter(({ interval: [from, to], truth }) => truth >= from && truth <= to);
  const inInterval = inside.length / known.length;
  const one = { performance, ...errors, inInterval, agreement, distinctness, warnings, seconds };
  if (!peer) return one;
  // As long as the recording: its features of a fast score would be too coarse.
  const notes = timedNotes(match.score);
  const scoreSeconds = Math.max(...notes.map(({ off }) => off));
  const longer = audio.samples.length / audio.sampleRate / scoreSeconds;
  const theirs = await peer.align({
    recording,
    notes: notes.map(({ pitch, on, off }) => [on * longer, (off - on) * longer, pitch]),
    times: known.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds * longer),
  });
  if (!values.keep) rmSync(recording);
  return {
    ...one,
    synctoolbox: { ...onsetErrors(theirs.onsets, truth), seconds: theirs.seconds },
  };
}

/** synctoolbox in a process of its own, which answers a line by a line. */
async function startPeer(python) {
  const script = fileURLToPath(new URL('align-peer.py', import.meta.url));
  const child = spawn(python, ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${python} cannot run synctoolbox: what it says stands above`);
    return value;
  };
  await answer();
  return {
    async align(task) {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      return JSON.parse(await answer());
    },
    stop: () => child.stdin.end(),
  };
}

/** What was measured of a condition, over its performances: of ours, and of synctoolbox. */
function summaries(name, all) {
  const mean = (rows, key) => rows.reduce((sum, one) => sum + one[key], 0) / rows.length;
  const percent = (rows, key) => `${(100 * mean(rows, key)).toFixed(1)} %`;
  const row = (by, rows, ...more) => [
    name,
    by,
    mean(rows, 'rmse').toFixed(3),
    mean(rows, 'meanAbsolute').toFixed(3),
    mean(rows, 'medianAbsolute').toFixed(3),
    percent(rows, 'within50ms'),
    percent(rows, 'within100ms'),
    Math.max(...rows.map(({ max }) => max)).toFixed(2),
    rows.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0),
    ...more,
  ];
  const warned = all.filter(({ warnings }) => warnings.length > 0).length;
  const theirs = all.flatMap(({ synctoolbox }) => synctoolbox ?? []);
  return [
    row('align file', all, percent(all, 'inInterval'), `${warned} of ${all.length}`),
    ...(theirs.length === all.length ? [row('synctoolbox', theirs, '', '')] : []),
  ];
}

const columns = [
  'condition',
  'by',
  'RMSE (s)',
  'MAD (s)',
  'median (s)',
  'within 50 ms',
  'within 100 ms',
  'largest (s)',
  'time (s)',
  'in 90 % intervals',
  'with a warning',
];
const commitOf = (path) => {
  const { stdout } = spawnSync('git', ['-C', path, 'rev-parse', 'HEAD'], { encoding: 'utf8' });
  return stdout.trim().slice(0, 12);
};
const digest = (path) => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);
const stem = join(values.results ?? '', 'bench-align-piano');
/** What the figures depend on: a file with others is begun anew. */
const ran = {
  commit: commitOf(fileURLToPath(new URL('..', import.meta.url))),
  corpus: commitOf(corpus),
  font: `${basename(realpathSync(values.font))}, SHA-256 ${digest(values.font)}`,
  model: `SHA-256 ${digest(values.model ?? shippedOnsets)}`,
  performances: chosen,
  machine: `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model.trim()}`,
};

/** Writes what is measured so far as JSON, and the page that follows from it. */
async function save(all) {
  if (values.results === undefined) return;
  // Other calls may have measured other conditions meanwhile.
  const others = begun();
  all.measured = { ...others.measured, ...all.measured };
  if (all.wrongPairs.length === 0) all.wrongPairs = others.wrongPairs;
  const saved = { ran, date: new Date().toISOString().slice(0, 10), ...all };
  await writeAside(`${stem}.json`, `${JSON.stringify(saved, null, 2)}\n`);
  await writePage(saved);
}

async function writePage({ ran, date, wrongPairs, measured }) {
  const rows = Object.keys(conditions)
    .filter((name) => measured[name])
    .flatMap((name) => summaries(name, measured[name]));
  const doubted = wrongPairs.filter(({ isDoubted }) => isDoubted).length;
  const table = tableToMarkdown({
    caption: 'onsets of events 2 to the last',
    columns: columns.map((column, at) => ({ heading: column, align: at < 2 ? 'left' : 'right' })),
    rows,
  });
  const hasPeer = rows.some(([, by]) => by === 'synctoolbox');
  const command = `node bench/align-piano.mjs CLONE ${hasPeer ? '--peer PYTHON ' : ''}--results results`;
  const text = [
    '# Alignment of performed piano',
    `Written by \`${command}\`. ${ran.machine}, ` +
      `${date}, commit ${ran.commit}; Vienna 4x22 at commit ` +
      `${ran.corpus}, rendered with ${ran.font}; the model that ships, ${ran.model}, is trained on ` +
      'Bach10 alone.',
    `${chosen.length} performances: ${chosen.join(', ')}. The true onset is the mean of when the ` +
      'notes of an event are struck; grace notes are events before the one that they lead to.' +
      (hasPeer
        ? ' synctoolbox has the settings of its notebook of audio and score, and a score as long as ' +
          'the recording.'
        : ''),
    table,
    `${doubted} of ${wrongPairs.length} recordings with the score of another piece are doubted.`,
  ];
  await writeAside(`${stem}.md`, `${text.join('\n\n')}\n`);
}

/** What an earlier call measured of the same, to go on from. */
function begun() {
  const nothing = { wrongPairs: [], measured: {} };
  if (values.results === undefined || !existsSync(`${stem}.json`)) return nothing;
  const { ran: before, wrongPairs, measured } = JSON.parse(readFileSync(`${stem}.json`, 'utf8'));
  return JSON.stringify(before) === JSON.stringify(ran) ? { wrongPairs, measured } : nothing;
}

if (values.page) {
  await writePage(JSON.parse(readFileSync(`${stem}.json`, 'utf8')));
  process.exit();
}
const peer = values.peer === undefined ? undefined : await startPeer(values.peer);
const all = begun();
const isAsked = (name) => values.only === undefined || values.only === name;
if (isAsked('wrong pairs') && all.wrongPairs.length === 0) {
  all.wrongPairs = await tryWrongPairs();
  await save(all);
}
for (const name of Object.keys(conditions)) {
  if (!isAsked(name) || all.measured[name]) continue;
  const measured = [];
  for (const performance of chosen) {
    const one = await tryPerformance(performance, name);
    measured.push(one);
    console.log(
      `${name}: ${performance}: MAD ${one.meanAbsolute.toFixed(3)}, within 50 ms ` +
        `${(100 * one.within50ms).toFixed(1)} %, largest ${one.max.toFixed(2)}, agreement ` +
        `${one.agreement.toFixed(2)}, distinctness ${one.distinctness.toFixed(2)}`,
      one.warnings.join('; '),
    );
  }
  all.measured[name] = measured;
  await save(all);
  for (const row of summaries(name, measured)) {
    console.log(columns.map((column, at) => `${column} ${row[at]}`).join(', '));
  }
}
peer?.stop();
