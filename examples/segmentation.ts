/**
 * Cuts a noisy signal into segments of three levels by a semi-Markov model. Each level has its own
 * typical duration, which a chain that goes from position to position cannot know.
 */
import { semiMarkov } from 'didyprog';
import { normal, seededRandom } from './random.ts';

const levels = [0, 1, 2];
const meanDurations = [6, 12, 18];
const [noise, positions, maxDuration, states] = [0.8, 150, 26, 3];

// The signal: segments of random states, each with a duration near its state's mean.
const random = seededRandom(4);
const truth: number[] = [];
let state = 0;
while (truth.length < positions) {
  const duration = Math.max(2, Math.round(meanDurations[state]! + 1.5 * normal(random)));
  truth.push(...Array<number>(duration).fill(state));
  state = (state + 1 + Math.floor(2 * random())) % states;
}
truth.length = positions;
const signal = truth.map((own) => levels[own]! + noise * normal(random));

// The score of a segment: the log-likelihood of its samples and of its duration.
const fit = (at: number, own: number) => -((signal[at]! - levels[own]!) ** 2) / (2 * noise ** 2);
const segment = new Float64Array(positions * maxDuration * states).fill(-Infinity);
for (let begin = 0; begin < positions; begin++) {
  for (let own = 0; own < states; own++) {
    let samples = 0;
    for (let d = 1; d <= maxDuration && begin + d <= positions; d++) {
      samples += fit(begin + d - 1, own);
      // The signal ends within a segment, of which then any duration is as likely.
      const isLast = begin + d === positions;
      const duration = isLast ? 0 : -((d - meanDurations[own]!) ** 2) / (2 * 1.5 ** 2);
      segment[(begin * maxDuration + d - 1) * states + own] = samples + duration;
    }
  }
}
// [to, from]: a segment is followed by one of another state.
const transition = Float64Array.from({ length: states * states }, (_, entry) =>
  Math.floor(entry / states) === entry % states ? -Infinity : 0,
);

const sizes = { batch: 1, positions, maxDuration, states };
const theta = { segment, transition };
const [path] = semiMarkov({ ...sizes, omega: 'hard' }).argmax(theta);
const crf = semiMarkov({ ...sizes, omega: 'negentropy' });
const marginals = crf.gradient(theta).gradient.segment;

const found: number[] = [];
for (let at = 0; at < path!.length; at += 3) {
  const [begin, duration, own] = path!.slice(at, at + 3) as unknown as [number, number, number];
  const sure = marginals[(begin * maxDuration + duration - 1) * states + own]!;
  console.log(
    `${String(begin).padStart(3)} to ${String(begin + duration - 1).padStart(3)}` +
      `  level ${levels[own]}  probability ${sure.toFixed(2)}`,
  );
  found.push(...Array<number>(duration).fill(own));
}
const share = (guess: readonly number[]) =>
  ((100 * guess.filter((own, at) => own === truth[at]).length) / positions).toFixed(1);
const nearest = signal.map((_, at) =>
  [0, 1, 2].reduce((best, own) => (fit(at, own) > fit(at, best) ? own : best)),
);
console.log(
  `right: ${share(found)} % of the positions; by the nearest level alone ${share(nearest)} %`,
);
