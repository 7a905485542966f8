import { parseHTML, DOMParser } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { alignmentFigure } from './alignment-figure.js';
import { curvesFigure } from './curves-figure.js';
import { dagFigure } from './dag-figure.js';
import { drawMarginals } from './marginals-figure.js';
import { omegaFigure } from './omega-figure.js';
import { onsetFigure } from './onset-figure.js';

/** A soft alignment that spreads each frame over the events around the true one. */
function blurred(truth: ArrayLike<number>, events: number, width: number): Float64Array {
  const expected = new Float64Array(truth.length * events);
  for (let frame = 0; frame < truth.length; frame++) {
    const row = expected.subarray(frame * events, (frame + 1) * events);
    row.forEach((_, event) => {
      row[event] = Math.exp(-(((event - truth[frame]!) / width) ** 2));
    });
    const total = row.reduce((sum, weight) => sum + weight, 0);
    row.forEach((weight, event) => (row[event] = weight / total));
  }
  return expected;
}

const truth = Int32Array.from({ length: 1000 }, (_, frame) => Math.floor(frame / 10.5));
const panel = (title: string, width: number) => ({
  title,
  expected: blurred(truth, 96, width),
  frames: 1000,
  events: 96,
});
const panels = [0.3, 1, 2, 4, 6, 9].map((width) => panel(`width ${width}`, width));
const chorale = Array.from({ length: 60 }, (_, event) => ({
  onsetSeconds: 0.2 + event * 0.6 + 0.1 * Math.sin(event),
  pitches: event % 9 === 8 ? [] : [48 + (event % 5), 60 + (event % 7)],
}));

const figures: Record<string, () => string> = {
  omega: omegaFigure,
  dag: dagFigure,
  alignment: () => alignmentFigure({ panels, truth, hopSeconds: 0.04 }),
  onset: () => onsetFigure({ events: chorale, title: 'a <b> & "c"' }),
  curves: () => curvesFigure({ series: [{ name: 'loss', values: [3, 2, NaN, 1] }] }),
};

describe.each(Object.entries(figures))('the %s figure', (_, draw) => {
  const svg = draw();

  it('is the same bytes every time', () => {
    expect(draw()).toBe(svg);
  });

  it('is a standalone SVG document with a title, a size and a background', () => {
    const document = new DOMParser().parseFromString(svg, 'image/svg+xml');
    const root = document.documentElement as unknown as Element;
    expect(root.getAttribute('xmlns')).toBe('http://www.w3.org/2000/svg');
    const [width, height] = [root.getAttribute('width'), root.getAttribute('height')];
    expect(root.getAttribute('viewBox')).toBe(`0 0 ${width} ${height}`);
    expect(root.getAttribute('aria-label')).toBeTruthy();
    expect(root.querySelector('title')!.textContent).toBeTruthy();
    expect(root.querySelector('rect.paper')).not.toBeNull();
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('has no number that is not one, no generated id, nothing from elsewhere', () => {
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).not.toMatch(/ id="|href=|url\(|<script/);
  });
});

describe('figures', () => {
  it('escape titles in text and in attributes', () => {
    const svg = figures.onset!();
    expect(svg).toContain('aria-label="a &lt;b&gt; &amp; &quot;c&quot;"');
    expect(svg).toContain('<title>a &lt;b&gt; &amp; "c"</title>');
  });

  it('show what XML cannot hold in words, types and titles, as the terminal does', () => {
    const odd = 'a\u0001b\u001b[31m\u0007\ufffe\uffff\ud800\u2028';
    const shown = 'a\\u0001b\\u001b[31m\\u0007\\ufffe\\uffff\\ud800\\u2028';
    const panel = {
      words: [odd, 'é😀'],
      tagNames: ['O', odd],
      marginals: [
        [0, 1],
        [1, 0],
      ],
    };
    const svg = drawMarginals([{ title: odd, ...panel }]);
    // In a word, a type, the title of the panel and the description.
    expect(svg.split(shown).length - 1).toBeGreaterThanOrEqual(4);
    expect(svg).toContain('é😀');
    for (const one of [svg, onsetFigure({ events: chorale, title: odd })]) {
      expect(one).toMatch(
        /^[\t\n\x20-\x7e\xa0-\u2027\u202f-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u,
      );
    }
  });

  it('cut the middle of names that leave the sheet, and keep the ends that tell them apart', () => {
    const name = (end: string) => `${'hiddenUnits=50,'.repeat(10)}${end}`;
    const series = ['seed=1', 'seed=2'].map((end) => ({ name: name(end), values: [2, 1] }));
    const svg = curvesFigure({ series, title: name('loss') });
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);
    const cut = texts.filter((text) => text.includes('…'));
    expect(cut.map((text) => text.slice(-6))).toEqual(['0,loss', 'seed=1', 'seed=2']);
    // Helvetica's letters are about half as wide as high: of 15 pixels in the title, 11 in the legend.
    expect(cut[0]!.length).toBeLessThan((640 - 32) / 7.5);
    expect(cut[1]!.length).toBeLessThan((640 - 53) / 5.5);
    // A tag of OntoNotes has the room that it takes.
    const tagged = { title: 't', words: ['x'], tagNames: ['S-WORK_OF_ART'], marginals: [[1]] };
    expect(drawMarginals([tagged])).toMatch(/<text[^>]*>S-WORK_OF_ART</);
    const axis = /"translate\((\d+)[^"]*"[^>]*>S-WORK_OF_ART</.exec(drawMarginals([tagged]));
    expect(Number(axis?.[1])).toBeGreaterThan(13 * 7);
  });

  it('draw six soft alignments of a long chorale in under 300 kB', () => {
    expect(figures.alignment!().length).toBeLessThan(300_000);
  });

  it('show a small graph under each Ω, with fewer paths under l2 than under negentropy', () => {
    expect(dagFigure()).toMatch(
      /best path: hard.*negentropy: all 8 paths.*entmax15: (all|[2-7] of) 8 paths.*l2: [2-7] of 8 paths/s,
    );
  });

  it('keep the numbers of edges clear of their lines, on the colour of the paper', () => {
    const { document } = parseHTML(dagFigure());
    // 11 edges and 7 nodes in each of four panels.
    expect(document.querySelectorAll('.halo text').length).toBe(4 * 11);
    expect(document.querySelectorAll('.paper circle').length).toBe(4 * 7);
  });

  it('refuse sizes that do not fit, with both', () => {
    const short = { ...panel('short', 1), frames: 999 };
    expect(() => alignmentFigure({ panels: [short], truth, hopSeconds: 0.04 })).toThrow(
      'panels[0].expected has 96000 entries: 999 frames of 96 events are 95904',
    );
    const other = { panels: [panel('a', 1)], truth: truth.subarray(1), hopSeconds: 0.04 };
    expect(() => alignmentFigure(other)).toThrow(/1000 frames and the true path 999/);
    expect(() => alignmentFigure({ ...other, panels: [] })).toThrow(RangeError);
    expect(() => onsetFigure({ events: [], title: '' })).toThrow(RangeError);
    const series = [{ name: 'loss', values: [1, 2], epochs: [0] }];
    expect(() => curvesFigure({ series })).toThrow('loss: 1 epochs and 2 values');
  });
});

describe('the numbers beside an axis', () => {
  it.each([
    ['small', [0.2, 0.8], 58],
    ['large', [0, 15_000_000], 75],
    ['tiny', [6e-8, 1e-7], 75],
  ] as const)('have the room that they take: %s', (_, values, room) => {
    const svg = curvesFigure({ series: [{ name: 'loss', values }] });
    const { document } = parseHTML(svg);
    const ticks = [...document.querySelectorAll('.y-axis.tick.label text')];
    const x = Number(/translate\(([\d.]+)/.exec(ticks[0]!.getAttribute('transform')!)![1]);
    expect(ticks.length).toBeGreaterThan(2);
    if (room === 58) expect(x).toBe(58);
    else expect(x).toBeGreaterThan(room);
  });
});

describe('the onset figure of a recording that does not play the score in its order', () => {
  const drawn = (order: readonly number[]) => {
    const events = order.map((event, at) => ({ event, onsetSeconds: at, pitches: [60] }));
    const svg = onsetFigure({ events, title: 'order' });
    const document = new DOMParser().parseFromString(svg, 'image/svg+xml');
    const paths = [...document.querySelectorAll('.line path')] as Element[];
    // Of the pitches, and then of the events.
    const axis = [...document.querySelectorAll('[class="y-axis tick label"]')].at(-1)! as Element;
    return { lines: paths.length, last: Number(axis.lastElementChild!.textContent) };
  };

  it('has the numbers of the events in the score, and a line for each stretch', () => {
    expect(drawn([0, 1, 2, 3])).toEqual({ lines: 1, last: 3 });
    expect(drawn([197, 198, 199, 200])).toEqual({ lines: 1, last: 200 });
    expect(drawn([198, 199, 200, 0, 1, 2])).toEqual({ lines: 2, last: 200 });
  });
});
