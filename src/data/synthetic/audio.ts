import type { SeededRandom } from '../../random.js';

export interface PlayedNote {
  onsetSeconds: number;
  /** When it is released: it then dies away. */
  endSeconds: number;
  /** MIDI pitch. */
  pitch: number;
  /** From 1: which instrument plays. */
  part: number;
  /** The part's note before has the same pitch: it is articulated anew, but softly. */
  repeated: boolean;
}

interface Instrument {
  /** Amplitude of each harmonic, from the fundamental on. */
  harmonics: readonly number[];
  attackSeconds: number;
  releaseSeconds: number;
  /** In cents. */
  vibrato: number;
  /** Of bow or breath, relative to the tone. */
  noise: number;
  /** How much the tone fades while it is held, in [0, 1]. */
  decay: number;
}

/** Rough additive portraits of the four instruments of Bach10, soprano to bass. */
const ensemble: readonly Instrument[] = [
  // Violin.
  {
    harmonics: [1, 0.7, 0.55, 0.5, 0.35, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08],
    attackSeconds: 0.08,
    releaseSeconds: 0.12,
    vibrato: 22,
    noise: 0.02,
    decay: 0.2,
  },
  // Clarinet: odd harmonics.
  {
    harmonics: [1, 0.05, 0.6, 0.06, 0.4, 0.08, 0.22, 0.08, 0.12],
    attackSeconds: 0.05,
    releaseSeconds: 0.07,
    vibrato: 3,
    noise: 0.015,
    decay: 0.1,
  },
  // Saxophone.
  {
    harmonics: [0.8, 1, 0.8, 0.6, 0.45, 0.35, 0.2, 0.15, 0.1],
    attackSeconds: 0.06,
    releaseSeconds: 0.08,
    vibrato: 12,
    noise: 0.025,
    decay: 0.15,
  },
  // Bassoon: a weak fundamental below a formant.
  {
    harmonics: [0.35, 0.7, 1, 0.9, 0.6, 0.4, 0.3, 0.22, 0.16, 0.12, 0.1, 0.08],
    attackSeconds: 0.05,
    releaseSeconds: 0.08,
    vibrato: 6,
    noise: 0.015,
    decay: 0.15,
  },
];

const tableSize = 2048;
/** How much of its level a repeated note keeps while it is articulated. */
const softArticulation = 0.7;

/**
 * Plays notes on four additive instruments, with vibrato, attacks, bow and breath noise, a little
 * out of tune, in a reverberant room with background noise; the balance and the timbre of the
 * instruments differ from call to call.
 * @returns [durationSeconds · sampleRate], peak 0.7
 * O(notes' samples + samples).
 */
export function renderNotes(
  notes: readonly PlayedNote[],
  { durationSeconds, sampleRate }: { durationSeconds: number; sampleRate: number },
  random: SeededRandom,
): Float64Array {
  const dry = new Float64Array(Math.round(durationSeconds * sampleRate));
  ensemble.forEach((instrument, index) => {
    const player = {
      ...instrument,
      harmonics: instrument.harmonics.map((amplitude) => amplitude * random.between(0.8, 1.25)),
      level: 10 ** (random.between(-5, 0) / 20),
      detuneCents: random.between(-8, 8),
    };
    for (const note of notes) {
      if (note.part === index + 1) addNote(dry, note, player, sampleRate, random);
    }
  });
  const samples = reverberated(dry, sampleRate);
  addBackground(samples, random);
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return samples.map((value) => (0.7 * value) / peak);
}

function addNote(
  output: Float64Array,
  note: PlayedNote,
  player: Instrument & { level: number; detuneCents: number },
  sampleRate: number,
  random: SeededRandom,
): void {
  const { attackSeconds, releaseSeconds, harmonics, noise, decay } = player;
  const hz = 440 * 2 ** ((note.pitch - 69) / 12 + player.detuneCents / 1200);
  const table = waveTable(harmonics, Math.floor((0.45 * sampleRate) / hz));
  const held = note.endSeconds - note.onsetSeconds;
  const level = player.level * random.between(0.6, 1);
  const attack = attackSeconds * random.between(0.6, 1.6);
  const startLevel = note.repeated ? softArticulation : 0;
  const vibratoDepth = (player.vibrato / 1200) * Math.LN2;
  const vibratoStep = (2 * Math.PI * random.between(5, 6.5)) / sampleRate;
  const fade = Math.exp(-1 / (0.4 * releaseSeconds * sampleRate));
  const first = Math.round(note.onsetSeconds * sampleRate);
  const heldSamples = held * sampleRate;
  const count = Math.min(output.length - first, Math.round((held + releaseSeconds) * sampleRate));
  let phase = random.between(0, tableSize);
  let released = 1;
  for (let n = 0; n < count; n++) {
    const seconds = n / sampleRate;
    const rise = Math.min(1, seconds / attack);
    if (n > heldSamples) released *= fade;
    const envelope =
      (startLevel + (1 - startLevel) * rise * rise * (3 - 2 * rise)) *
      (1 - decay * Math.min(1, seconds / held)) *
      released;
    const whole = phase | 0;
    const tone = table[whole]! + (phase - whole) * (table[whole + 1]! - table[whole]!);
    output[first + n]! += level * envelope * (tone + noise * (2 * random.uniform() - 1));
    const vibrato = 1 + vibratoDepth * rise * Math.sin(vibratoStep * n);
    phase += (hz * vibrato * tableSize) / sampleRate;
    if (phase >= tableSize) phase -= tableSize;
  }
}

/** One period of a tone of root mean square 1, its first sample repeated at the end. */
function waveTable(harmonics: readonly number[], audible: number): Float64Array {
  const table = new Float64Array(tableSize + 1);
  const kept = harmonics.slice(0, Math.max(1, audible));
  const rms = Math.sqrt(kept.reduce((sum, amplitude) => sum + amplitude ** 2, 0) / 2);
  kept.forEach((amplitude, index) => {
    for (let n = 0; n <= tableSize; n++) {
      // The phases of Schroeder keep the peak low.
      const phase = (Math.PI * index * index) / kept.length;
      const turn = (2 * Math.PI * (index + 1) * n) / tableSize;
      table[n]! += (amplitude / rms) * Math.sin(turn + phase);
    }
  });
  return table;
}

/** Schroeder's parallel comb filters, reverberation time 0.7 s, mixed with the dry signal. */
function reverberated(dry: Float64Array, sampleRate: number): Float64Array {
  const wet = Float64Array.from(dry);
  for (const delaySeconds of [0.0297, 0.0371, 0.0411, 0.0437]) {
    const delay = Math.round(delaySeconds * sampleRate);
    const feedback = 10 ** ((-3 * delaySeconds) / 0.7);
    const comb = Float64Array.from(dry);
    for (let n = delay; n < comb.length; n++) {
      comb[n]! += feedback * comb[n - delay]!;
      wet[n]! += 0.12 * feedback * comb[n - delay]!;
    }
  }
  return wet;
}

/** Noise that falls towards high frequencies, 26 to 34 dB below the music. */
function addBackground(samples: Float64Array, random: SeededRandom): void {
  const rms = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
  const pole = 0.8;
  // The variance of uniform noise in [−1, 1] is 1/3; the pole multiplies it by 1 / (1 − pole²).
  const noiseRms = Math.sqrt(1 / 3 / (1 - pole * pole));
  const gain = (rms / noiseRms) * 10 ** (-random.between(26, 34) / 20);
  let noise = 0;
  for (let n = 0; n < samples.length; n++) {
    noise = pole * noise + 2 * random.uniform() - 1;
    samples[n]! += gain * noise;
  }
}
