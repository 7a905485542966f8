import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../random.js';
import { AlignmentTask, type Places } from './evidence.js';
import { ExpectedOnsets } from './expected-onsets.js';
import { keyMaps } from './key-maps.js';
import { reachSize, scaleNames, scalesOf, zeroParameters, type OnsetParameters } from './model.js';
import { segmentsIn } from './search.js';
import { bestOnsets, durationCosts, type Segments } from './segments.js';
import { pitchCount, windowNames, type Spectra } from './spectra.js';

const random = new SeededRandom(3);
const frames = 24;
const moments = [
  { scoreOnsetSeconds: 0, pitches: [60, 64], starts: [60, 64] },
  { scoreOnsetSeconds: 0.05, pitches: [60, 67], starts: [67] },
  { scoreOnsetSeconds: 0.1, pitches: [60], starts: [60] },
  { scoreOnsetSeconds: 0.2, pitches: [62], starts: [62] },
];
const places: Places = {
  low: Int32Array.of(0, 4, 8, 12),
  high: Int32Array.of(5, 10, 13, 20),
  durations: Float64Array.of(5, 4, 6),
  pause: 3,
};

function randomSpectra(): Spectra {
  const windows = Object.fromEntries(
    windowNames.map((name) => [
      name,
      Float32Array.from({ length: frames * pitchCount }, () => 2 * random.uniform()),
    ]),
  ) as Spectra['windows'];
  return { frames, hopSeconds: 0.01, windows };
}

function randomParameters(): OnsetParameters {
  const parameters = zeroParameters();
  for (const part of Object.values(parameters)) {
    for (let k = 0; k < part.length; k++) part[k] = 0.2 * random.uniform() - 0.1;
  }
  // Some keys sound and some do not, and a rest costs little: many segments have one.
  for (const window of ['pitch.8192', 'pitch.4096'] as const) parameters[window][reachSize] = -0.6;
  parameters.scales[scaleNames.indexOf('rest')] = Math.log(0.05);
  return parameters;
}

/** Every alignment within the corridor, with its score by what the words of `Segments` say. */
function alignments(segments: Segments): { onsets: number[]; score: number }[] {
  const { low, high, onsets, sums, rests, outside, durations, scales } = segments;
  const found: { onsets: number[]; score: number }[] = [];
  const sumOf = (j: number, from: number, to: number) =>
    sums.at(j)![to - low[j]!]! - sums.at(j)![from - low[j]!]!;
  const restOf = (j: number, from: number, to: number) =>
    rests.at(j)![to - low[j]!]! - rests.at(j)![from - low[j]!]!;
  const extend = (chosen: number[], score: number) => {
    const j = chosen.length;
    const before = chosen.at(-1);
    if (j === low.length) {
      const ends = [sumOf(j - 1, before!, frames)];
      for (let r = before! + 1; r < frames; r++) {
        ends.push(sumOf(j - 1, before!, r) + outside[frames]! - outside[r]! - scales.rest);
      }
      found.push({ onsets: chosen, score: score + Math.max(...ends) });
      return;
    }
    for (let frame = low[j]!; frame < high[j]!; frame++) {
      const own = onsets.at(j)![frame - low[j]!]!;
      if (before === undefined) {
        extend([frame], own + outside[frame]!);
        continue;
      }
      const d = frame - before;
      const most = Math.ceil(4 * durations[j - 1]!) + segments.pause;
      if (d < 1 || d > most) continue;
      const played = [sumOf(j - 1, before, frame)];
      for (let r = before + 1; r < frame; r++) {
        played.push(sumOf(j - 1, before, r) + restOf(j - 1, r, frame) - scales.rest);
      }
      const square = scales.duration * Math.log(d / durations[j - 1]!) ** 2;
      const cost = d > durations[j - 1]! ? Math.min(scales.hold, square) : square;
      extend([...chosen, frame], score + Math.max(...played) - cost + own);
    }
  };
  extend([], 0);
  return found;
}

describe('segments', () => {
  const parameters = randomParameters();
  const task = new AlignmentTask(randomSpectra(), moments);
  const segments = task.segments(parameters, places);
  const all = alignments(segments);

  it('the best alignment is the best of all', () => {
    const best = all.reduce((most, one) => (one.score > most.score ? one : most));
    const { frames, score } = bestOnsets(segments);
    expect(score).toBeCloseTo(best.score, 8);
    expect(Array.from(frames)).toEqual(best.onsets);
  });

  it('rests and segments without one are both among them', () => {
    const program = new ExpectedOnsets(places, { omega: 'hard' });
    const each = new Float32Array(program.scores(segments).length).fill(1);
    let [rested, whole] = [0, 0];
    program.eachSlope(segments, each, (_, { event, rest, end }) => {
      if (event + 1 < moments.length && rest < end) rested += 1;
      else whole += 1;
    });
    expect(rested).toBeGreaterThan(10);
    expect(whole).toBeGreaterThan(10);
  });

  it('the expected alignment is the mean of all, by their probabilities', () => {
    const program = new ExpectedOnsets(places, { omega: 'negentropy', gamma: 1 });
    expect(program.runsOn).toBe('graph kernels');
    const { value, onsets } = program.expected(program.scores(segments));
    const top = Math.max(...all.map(({ score }) => score));
    const total = all.reduce((sum, { score }) => sum + Math.exp(score - top), 0);
    expect(value).toBeCloseTo(top + Math.log(total), 3);
    onsets.forEach((shares, j) => {
      shares.forEach((share, at) => {
        const frame = places.low[j]! + at;
        const mass = all
          .filter(({ onsets }) => onsets[j] === frame)
          .reduce((sum, { score }) => sum + Math.exp(score - top) / total, 0);
        expect(share).toBeCloseTo(mass, 4);
      });
    });
  });

  it('a path has its score, and one that lasts too long is an error', () => {
    const program = new ExpectedOnsets(places, { omega: 'hard' });
    const theta = program.scores(segments);
    for (const { onsets, score } of all.slice(0, 50)) {
      const sum = program.pathOf(onsets).reduce((sum, edge) => sum + theta[edge]!, 0);
      expect(sum).toBeCloseTo(score, 3);
    }
    expect(() => program.pathOf([4, 4, 8, 12])).toThrow('event 0 cannot last from frame 4 to 4');
  });

  it('what sounds speaks against a rest, but for the keys of the event before it', () => {
    const { rests, keyScores } = segments;
    const { pitch: weight } = scalesOf(parameters);
    const used = [60, 62, 64, 67];
    moments.slice(0, -1).forEach(({ pitches }, j) => {
      const others = used.filter((pitch) => !pitches.includes(pitch));
      let sum = 0;
      rests[j]!.forEach((rest, at) => {
        expect(rest).toBeCloseTo(weight * sum, 5);
        for (const pitch of others) {
          const cell = (places.low[j]! + at) * task.keys.count + pitch - task.keys.lowest;
          sum -= Math.max(0, keyScores[cell]!);
        }
      });
    });
  });

  it('a recording says the same of a score through its key maps', () => {
    const { maps, outside } = {
      maps: keyMaps(task.spectra, parameters, task.keys),
      outside: new Float32Array(frames),
    };
    const other = segmentsIn({ maps, moments, parameters, outside }, places);
    moments.forEach((_, j) => {
      segments.onsets[j]!.forEach((onset, at) => {
        expect(other.onsets.at(j)![at]).toBeCloseTo(onset, 3);
      });
      segments.sums[j]!.forEach((sum, at) => expect(other.sums.at(j)![at]).toBeCloseTo(sum, 3));
      if (j === moments.length - 1) return;
      const rest = segments.rests[j]!;
      expect(rest.at(-1)).toBeLessThan(-0.1);
      rest.forEach((sum, at) => expect(other.rests.at(j)![at]).toBeCloseTo(sum, 3));
    });
  });

  it.each(['negentropy', 'l2', 'entmax15'] as const)(
    'the slopes of expected onsets by the parameters are those of differences: %s',
    (omega) => {
      const program = new ExpectedOnsets(places, { omega, gamma: 2 });
      // The expected onset of the third event.
      const slopes = Array.from(places.low, (from, j) =>
        Float64Array.from({ length: places.high[j]! - from }, (_, at) => (j === 2 ? from + at : 0)),
      );
      const expected = (changed: OnsetParameters) => {
        const { onsets } = program.expected(program.scores(task.segments(changed, places)));
        return onsets[2]!.reduce((sum, share, at) => sum + share * (places.low[2]! + at), 0);
      };
      const gradient = zeroParameters();
      const product = program.backward(program.scores(segments), slopes);
      task.backward(parameters, segments, program, product, gradient);
      const step = 0.003;
      for (const [name, at] of [
        ['pitch.8192', 12],
        ['pitch.4096', 61],
        ['onset', 3],
        ['onset', 40],
        ['onset', 127],
        ['scales', 0],
        ['scales', 1],
        ['scales', 2],
        ['scales', 3],
        ['scales', 4],
        ['scales', 5],
      ] as const) {
        const moved = (by: number) => {
          const changed = structuredClone(parameters);
          changed[name][at]! += by;
          return expected(changed);
        };
        const difference = (moved(step) - moved(-step)) / (2 * step);
        const slope = gradient[name][at]!;
        expect(Math.abs(slope - difference), `${name} ${at}`).toBeLessThan(
          0.02 + 0.05 * Math.abs(difference),
        );
      }
    },
  );
});

describe('durations', () => {
  it('cost by the square of their logarithm, and a hold no more than its cost', () => {
    const costs = durationCosts(10, 40, { duration: 2, rest: 1, hold: 1.5 });
    expect(costs[10]).toBe(0);
    expect(costs[5]).toBeCloseTo(2 * Math.log(2) ** 2, 12);
    expect(costs[20]).toBeCloseTo(2 * Math.log(2) ** 2, 12);
    expect(costs[40]).toBe(1.5);
    expect(costs[2]).toBeCloseTo(2 * Math.log(5) ** 2, 12);
  });
});
