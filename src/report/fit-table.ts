import { displayWidth, wrapped } from '../wrap.js';

export interface TextColumn {
  heading: string;
  align: 'left' | 'right';
  rank: number;
  cells: readonly string[];
}

const gap = '  ';
/** Where a text is as long as it likes, as in a pipe, its rule is not. */
const longestRule = 80;
/** Words in a narrower column than this cannot be read. */
const leastWidth = 16;

const widthOf = ({ heading, cells }: TextColumn) =>
  cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), displayWidth(heading));

const total = (widths: readonly number[]) =>
  widths.reduce((sum, width) => sum + width, gap.length * Math.max(0, widths.length - 1));

/** Leaves out columns, those of the highest rank first and of one rank the last, until the rest fits. */
export function fewerColumns<Column extends TextColumn>(
  columns: readonly Column[],
  width: number,
): { kept: Column[]; left: string[] } {
  let kept = [...columns];
  const left: string[] = [];
  while (total(kept.map(widthOf)) > width) {
    const rank = Math.max(...kept.map((column) => column.rank));
    if (rank <= 0) break;
    const least = kept.findLast((column) => column.rank === rank)!;
    kept = kept.filter((column) => column !== least);
    left.unshift(least.heading);
  }
  return { kept, left };
}

/** Columns side by side under a rule, words broken over lines; undefined where they cannot fit. */
export function gridText(columns: readonly TextColumn[], width: number): string | undefined {
  const widths = columns.map(widthOf);
  while (total(widths) > width) {
    const widest = columns.reduce((best, { align }, at) => {
      const can = align === 'left' && widths[at]! > leastWidth;
      return can && (best < 0 || widths[at]! > widths[best]!) ? at : best;
    }, -1);
    if (widest < 0) return undefined;
    widths[widest]!--;
  }
  const lines = (row: readonly string[]) => {
    const cells = row.map((cell, at) => wrapped(cell, widths[at]!));
    const height = Math.max(1, ...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((cell, at) => {
          const text = cell[line] ?? '';
          const padding = ' '.repeat(widths[at]! - displayWidth(text));
          return columns[at]!.align === 'right' ? padding + text : text + padding;
        })
        .join(gap)
        .trimEnd(),
    );
  };
  const rows = columns[0]?.cells.map((_, row) => columns.map(({ cells }) => cells[row]!)) ?? [];
  return [
    ...lines(columns.map(({ heading }) => heading)),
    widths
      .map((one) => '─'.repeat(Math.min(one, longestRule)).padEnd(one))
      .join(gap)
      .trimEnd(),
    ...rows.flatMap(lines),
  ].join('\n');
}

/** The table with a column for each row, as many side by side as fit. */
export function turnedText(columns: readonly TextColumn[], width: number): string {
  const [first, ...rest] = columns as [TextColumn, ...TextColumn[]];
  const names: TextColumn = {
    ...{ heading: first.heading, align: 'left', rank: 0 },
    cells: rest.map(({ heading }) => heading),
  };
  const nameWidth = Math.min(widthOf(names), Math.max(leastWidth, Math.floor(width / 2)));
  const room = Math.max(leastWidth, width - nameWidth - gap.length);
  const numbers = rest.filter(({ align }) => align === 'right').length > rest.length / 2;
  const turned = first.cells.map((heading, row): TextColumn => ({
    ...{ heading, align: numbers ? 'right' : 'left', rank: 0 },
    cells: rest.map(({ cells }) => cells[row]!),
  }));
  const groups: TextColumn[][] = [];
  let used = Infinity;
  for (const column of turned) {
    const own = Math.min(room, widthOf(column));
    if (used + gap.length + own > width) {
      groups.push([]);
      used = nameWidth;
    }
    groups.at(-1)!.push(column);
    used += gap.length + own;
  }
  // A single column that is too wide is one of words: they break.
  return groups
    .map((group) => {
      const texts =
        group.length === 1 ? group.map((one) => ({ ...one, align: 'left' as const })) : group;
      return gridText([names, ...texts], width) ?? gridText([names, ...texts], Infinity)!;
    })
    .join('\n\n');
}
