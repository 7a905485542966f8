import { expect, it } from 'vitest';
import { listeningData } from './listening-data.js';

it('a doubtful onset near the beginning is as doubtful as its interval is wide after it', () => {
  const moment = (onsetSeconds: number, half: number) => ({
    ...{ scoreOnsetSeconds: onsetSeconds, pitches: [60], starts: [60], onsetSeconds },
    interval: [Math.max(0, onsetSeconds - half), onsetSeconds + half] as [number, number],
  });
  const sure = [1, 2, 3].map((onset) => moment(onset, 0.02));
  const events = [moment(0.1, 0.4), ...sure, moment(4, 0.4)];
  const data = listeningData({
    score: { events, notes: [] },
    aligned: { events, hopSeconds: 0.01 },
    drawn: [],
  });
  const doubts = data.events.map(({ doubtSeconds }) => doubtSeconds);
  expect(doubts).toEqual([0.4, undefined, undefined, undefined, 0.4]);
});
