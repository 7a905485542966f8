import { counted } from '../../counted.js';
import { axisX, axisY, cell, ruleY, type Markish } from '@observablehq/plot';
import { colours, drawSheet, headerHeight, withoutMiddle, type Panel } from './sheet.js';

/** The attention of one model on one sentence. */
export interface AttentionMap {
  source: readonly string[];
  /** The words written; a last row of weights without a word is the end of the sentence. */
  target: readonly string[];
  /** [target or one more][source] */
  weights: readonly ArrayLike<number>[];
}

/** Maps of one model, in the order of the sentences. */
export interface AttentionColumn {
  name: string;
  maps: readonly AttentionMap[];
}

const cellSize = 17;
const leftMargin = 92;
const topMargin = 112;
const gap = 18;
/** Letters of a word that fit there. */
const mostLetters = { above: 13, beside: 11 } as const;

/**
 * Attention matrices, target by source words: a row of panels for each sentence, a column for each
 * model. Darker is more; a cell whose weight is exactly 0 is left empty. A standalone SVG document.
 *
 * @throws RangeError when the columns have different numbers of maps, or a map's weights do not fit
 *   its words
 */
export function attentionFigure(columns: readonly AttentionColumn[]): string {
  const sentences = columns[0]?.maps.length ?? 0;
  columns.forEach((column) => {
    if (column.maps.length !== sentences) {
      throw new RangeError(
        `${column.name} has ${column.maps.length} maps: ${columns[0]!.name} has ${sentences}`,
      );
    }
    column.maps.forEach(checkMap);
  });
  const panels: Panel[] = [];
  let top: number = headerHeight.title;
  let width = 0;
  for (let sentence = 0; sentence < sentences; sentence++) {
    let left = 0;
    let height = 0;
    for (const { name, maps } of columns) {
      const map = maps[sentence]!;
      const size = {
        width: leftMargin + map.source.length * cellSize + gap,
        height: topMargin + map.weights.length * cellSize + gap,
      };
      panels.push({ left, top, title: name, options: { ...size, ...mapPlot(map) } });
      left += size.width;
      height = Math.max(height, size.height);
    }
    width = Math.max(width, left);
    top += height;
  }
  return drawSheet({
    title: 'Attention: target words by source words',
    description:
      `${counted(sentences, 'sentence')} under ${columns.map(({ name }) => name).join(', ')}. ` +
      'Rows are target words, columns source words; darker is a larger weight, empty exactly 0.',
    width: Math.max(width, 420),
    height: top,
    panels,
  });
}

function mapPlot({ source, target, weights }: AttentionMap) {
  const cells = weights.flatMap((row, word) =>
    Array.from(source, (_, position) => ({
      word,
      position,
      weight: row[position]!,
      // Also the smallest weight is told from an exact 0.
      opacity: 0.04 + 0.96 * Math.min(1, row[position]!),
    })),
  );
  const rows = weights.map((_, word) => target[word] ?? '⏎');
  const marks: Markish[] = [
    cell(
      cells.filter(({ weight }) => weight > 0),
      { x: 'position', y: 'word', fill: colours.blue, fillOpacity: 'opacity', inset: 0.5 },
    ),
    ruleY(
      rows.map((_, word) => word),
      { stroke: 'currentColor', strokeOpacity: 0 },
    ),
    axisX({
      anchor: 'top',
      tickRotate: -60,
      tickFormat: (at: number) => withoutMiddle(source[at]!, mostLetters.above),
      tickSize: 0,
      label: null,
    }),
    axisY({
      tickFormat: (at: number) => withoutMiddle(rows[at]!, mostLetters.beside),
      tickSize: 0,
      label: null,
    }),
  ];
  return {
    marginLeft: leftMargin,
    marginTop: topMargin,
    marginRight: gap,
    marginBottom: gap,
    x: { type: 'band' as const, domain: source.map((_, at) => at), padding: 0 },
    y: { type: 'band' as const, domain: rows.map((_, at) => at), padding: 0 },
    marks,
  };
}

function checkMap({ source, target, weights }: AttentionMap): void {
  if (weights.length !== target.length && weights.length !== target.length + 1) {
    throw new RangeError(`${weights.length} rows of weights for ${target.length} target words`);
  }
  weights.forEach((row, word) => {
    if (row.length !== source.length) {
      throw new RangeError(`row ${word} has ${row.length} weights for ${source.length} words`);
    }
  });
}
