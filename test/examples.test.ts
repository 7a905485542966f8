import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';

const readme = readFileSync(new URL('../examples/README.md', import.meta.url), 'utf8');

/** Runs an example and returns the lines that it prints. */
async function run(name: string): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(`../examples/${name}.ts`);
    return log.mock.calls.flatMap(([text]) => String(text).split('\n'));
  } finally {
    log.mockRestore();
  }
}

/** The numbers of a line. */
const numbersOf = (line = '') => [...line.matchAll(/-?\d+(\.\d+)?/g)].map(([text]) => Number(text));

/** The output that the README shows for an example. */
const shown = (name: string) =>
  readme
    .split(`## [${name}.ts]`)[1]!
    .match(/```text\n([\s\S]*?)\n```/)![1]!
    .split('\n');

/** Numbers of float64 alone, which are the same on every machine. */
const expectShown = (name: string, lines: readonly string[]) =>
  expect(lines.map((line) => line.trimEnd())).toEqual(shown(name));

describe('the examples', { timeout: 120_000 }, () => {
  it('tag words by their neighbours', async () => {
    const lines = await run('tagger');
    const [crf, usual] = numbersOf(lines.at(-1));
    expect(crf).toBeGreaterThan(93);
    expect(usual).toBeLessThan(80);
    expect(lines).toHaveLength(shown('tagger').length);
  });

  it('segment a signal better than its levels alone do', async () => {
    const lines = await run('segmentation');
    expectShown('segmentation', lines);
    const segments = lines.slice(0, -1).map(numbersOf);
    // One segment begins where the one before ends.
    segments.forEach(([begin], at) => expect(begin).toBe(at === 0 ? 0 : segments[at - 1]![1]! + 1));
    const [model, nearest] = numbersOf(lines.at(-1));
    expect(model).toBeGreaterThan(nearest! + 15);
  });

  it('read words from strokes', async () => {
    const lines = await run('handwriting');
    expect(numbersOf(lines.at(-1))[0]).toBeGreaterThan(80);
    expect(lines).toHaveLength(shown('handwriting').length);
  });

  it('align the chains of haemoglobin as biology knows them', async () => {
    const lines = await run('proteins');
    expectShown('proteins', lines);
    const text = (label: string) =>
      lines.flatMap((line) => (line.startsWith(label) ? [line.slice(12)] : [])).join('');
    const [alpha, beta] = [text('alpha'), text('beta')];
    expect(alpha.replaceAll('-', '')).toHaveLength(141);
    expect(beta.replaceAll('-', '')).toHaveLength(146);
    // The score of the printed alignment, pair by pair and gap by gap.
    const table = readFileSync(new URL('../examples/blosum62.txt', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.split(' '));
    const acids = table.map(([acid]) => acid!);
    let score = 0;
    for (let at = 0; at < alpha.length; at++) {
      const [a, b] = [acids.indexOf(alpha[at]!), acids.indexOf(beta[at]!)];
      if (a >= 0 && b >= 0) score += Number(table[Math.max(a, b)]![1 + Math.min(a, b)]);
      else score -= (a < 0 ? alpha : beta)[at - 1] === '-' ? 1 : 11;
    }
    expect(lines.find((line) => line.startsWith('score'))).toBe(`score ${score}`);
    // Both chains hold the haem by two histidines.
    const [, , first, , , second] = numbersOf(lines.at(-1)!.replaceAll('-', ' '));
    expect(Math.min(first!, second!)).toBeGreaterThan(99);
  });

  it('find the three shapes of series', async () => {
    const lines = await run('clustering');
    expectShown('clustering', lines);
    const counts = lines.slice(-3).map((line) => numbersOf(line).sort());
    expect(counts).toEqual([
      [0, 0, 8],
      [0, 0, 8],
      [0, 0, 8],
    ]);
  });

  it('forecast pulses that keep their shape', async () => {
    const lines = await run('forecast');
    const [[meanDtw, , meanHeight], [dtw, , height]] = lines.map(numbersOf) as [number[], number[]];
    expect(dtw).toBeLessThan(meanDtw! / 2);
    expect(height).toBeGreaterThan(0.9);
    expect(meanHeight).toBeLessThan(0.8);
  });

  it('attend to a stretch of a sequence', async () => {
    const explained = (await run('attention')).map((line) => numbersOf(line).at(-1)!);
    expect(explained).toHaveLength(4);
    // Every chain explains more than softmax.
    expect(Math.min(...explained.slice(1))).toBeGreaterThan(explained[0]! + 5);
  });

  it('break a text into lines', async () => {
    const lines = await run('own-program');
    expectShown('own-program', lines);
    const layouts = lines
      .join('\n')
      .split(/^probability /m)
      .slice(1);
    const probabilities = layouts.map((layout) => parseFloat(layout));
    expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
    const texts = layouts.map((layout) =>
      [...layout.matchAll(/\|(.{26})\|/g)].map(([, line]) => line!.trim()).join(' '),
    );
    expect(new Set(texts).size).toBe(1);
  });
});
