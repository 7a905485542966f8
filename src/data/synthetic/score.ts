import type { SeededRandom } from '../../random.js';

export interface ScoreNote {
  /** In half beats from the start. */
  halfBeat: number;
  /** MIDI pitch. */
  pitch: number;
  /** 1 soprano, 2 alto, 3 tenor, 4 bass. */
  part: number;
}

/** Beats in a phrase; its last chord is held for two. */
export const beatsPerPhrase = 8;

const ranges = [
  { lowest: 60, highest: 79 },
  { lowest: 55, highest: 72 },
  { lowest: 48, highest: 67 },
  { lowest: 38, highest: 57 },
];
const bass = ranges.length - 1;
/** C, D, F, G and A major. */
const keys = [60, 62, 65, 67, 69];
const majorScale = [0, 2, 4, 5, 7, 9, 11];
/** Degrees of the scale, 0 the tonic, and where each may go; what is named twice is twice as likely. */
const progressions: Readonly<Record<number, readonly number[]>> = {
  0: [1, 3, 3, 4, 4, 5],
  1: [4, 4, 4, 5],
  3: [0, 0, 1, 4, 4, 4],
  4: [0, 0, 0, 5],
  5: [1, 3, 3, 4],
};

/**
 * A four-part chorale: a walk over the functions of a major key, one chord a beat, voices led by
 * small steps; between the beats passing notes, neighbours and suspensions, over the beats notes that
 * are held or repeated, so that at many onsets only one part changes, or no pitch at all.
 * @param events how many distinct onsets
 * @returns the notes by onset
 */
export function syntheticScore(events: number, random: SeededRandom): ScoreNote[] {
  const key = random.pick(keys);
  const notes: ScoreNote[] = [];
  const onsets = new Set<number>();
  let degree = 0;
  let chord = firstChord(key, random);
  chord.forEach((pitch, voice) => notes.push({ halfBeat: 0, pitch, part: voice + 1 }));
  onsets.add(0);
  for (let beat = 1, halfBeat = 2; onsets.size <= events; beat++, halfBeat += 2) {
    const phraseStarts = beat % beatsPerPhrase === 0;
    if (phraseStarts) halfBeat += 2;
    degree = (beat + 1) % beatsPerPhrase === 0 ? 0 : random.pick(progressions[degree]!);
    const next = leadVoices(chord, key, degree, random);
    const moves = next.map((pitch, voice) =>
      phraseStarts
        ? [{ halfBeat, pitch }]
        : voiceMove({ from: chord[voice]!, to: pitch, halfBeat, key }, random),
    );
    if (!moves.some((move) => move.some((note) => note.halfBeat === halfBeat))) {
      moves[0]!.push({ halfBeat, pitch: next[0]! });
    }
    moves.forEach((move, voice) => {
      const part = voice + 1;
      const lastOnset = notes.findLast((note) => note.part === part)!.halfBeat;
      // After a suspension that has just resolved there is no time for a passing note.
      for (const note of move.filter(({ halfBeat: onset }) => onset > lastOnset)) {
        onsets.add(note.halfBeat);
        notes.push({ ...note, part });
      }
    });
    chord = next;
  }
  const end = [...onsets].sort((a, b) => a - b)[events]!;
  return notes
    .filter(({ halfBeat }) => halfBeat < end)
    .sort((a, b) => a.halfBeat - b.halfBeat || a.part - b.part);
}

function chordClasses(key: number, degree: number): number[] {
  return [0, 2, 4].map((third) => (key + majorScale[(degree + third) % 7]!) % 12);
}

function firstChord(key: number, random: SeededRandom): number[] {
  const middle = ranges.map(({ lowest, highest }) => Math.round((lowest + highest) / 2));
  return leadVoices(middle, key, 0, random);
}

/** The nearest chord tones, the bass on the root or the third, no two voices crossing. */
function leadVoices(
  chord: readonly number[],
  key: number,
  degree: number,
  random: SeededRandom,
): number[] {
  const classes = chordClasses(key, degree);
  const next: number[] = [];
  const doubled = new Map<number, number>();
  for (const voice of [bass, 0, 1, 2]) {
    const { lowest, highest } = ranges[voice]!;
    const allowed = voice === bass ? [classes[random.chance(0.75) ? 0 : 1]!] : classes;
    const ceiling = voice === bass || voice === 0 ? highest : next[voice - 1]! - 1;
    const floor = voice === bass ? lowest : Math.max(lowest, next[bass]! + 1);
    const candidates = span(floor, Math.max(floor, ceiling)).filter((pitch) =>
      allowed.includes(pitch % 12),
    );
    const cost = (pitch: number) =>
      Math.abs(pitch - chord[voice]!) +
      4 * (doubled.get(pitch % 12) ?? 0) +
      (voice === 0 && pitch === chord[voice] ? 2 : 0) +
      random.between(0, 2);
    const costs = candidates.map((pitch) => ({ pitch, cost: cost(pitch) }));
    costs.sort((a, b) => a.cost - b.cost);
    // Below a low soprano there may be no chord tone left: the voice then stays.
    const pitch = costs[0]?.pitch ?? chord[voice]!;
    next[voice] = pitch;
    doubled.set(pitch % 12, (doubled.get(pitch % 12) ?? 0) + 1);
  }
  return next;
}

/** The notes by which a voice reaches its pitch on a beat: from half a beat before to half after. */
function voiceMove(
  { from, to, halfBeat, key }: { from: number; to: number; halfBeat: number; key: number },
  random: SeededRandom,
): Pick<ScoreNote, 'halfBeat' | 'pitch'>[] {
  const arrival = { halfBeat, pitch: to };
  if (from === to) {
    if (random.chance(0.45)) return [];
    if (!random.chance(0.15)) return [arrival];
    return [{ halfBeat: halfBeat - 1, pitch: scaleStep(to, random.pick([-1, 1]), key) }, arrival];
  }
  if (random.chance(0.1)) return [{ halfBeat: halfBeat + 1, pitch: to }];
  const leap = Math.abs(to - from);
  if ((leap === 3 || leap === 4) && random.chance(0.55)) {
    return [{ halfBeat: halfBeat - 1, pitch: scaleStep(from, Math.sign(to - from), key) }, arrival];
  }
  return [arrival];
}

/** The next note of the scale above (1) or below (−1) a pitch. */
function scaleStep(pitch: number, direction: number, key: number): number {
  const inScale = (candidate: number) => majorScale.includes((candidate - key + 120) % 12);
  let next = pitch + direction;
  while (!inScale(next)) next += direction;
  return next;
}

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
