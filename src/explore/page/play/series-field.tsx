import { useRef } from 'preact/hooks';
import { bytesOf, FileInput } from '../file-input.js';
import { firstColumn, tableText } from './csv-column.js';
import { seriesOf } from './dtw.js';

export interface SeriesFieldProps {
  label: string;
  text: string;
  most: number;
  onText(text: string): void;
  /** Why a file cannot be read. */
  onWrong(problem: string): void;
}

/** Points of a drawn series, whatever its speed. */
const drawnPoints = 60;
/** Of a file: far more than any series that is taken. */
const mostBytes = 1e6;

/** A series as a line: drawn by hand on it, or read from the first column of a CSV file. */
export function SeriesField({ label, text, most, onText, onWrong }: SeriesFieldProps) {
  const drawing = useRef<{ x: number; y: number }[]>(undefined);
  const series = seriesOf(text);
  const low = Math.min(...series);
  const range = Math.max(...series) - low || 1;
  const points = series.map((value, n) => {
    const x = series.length === 1 ? 50 : (100 * n) / (series.length - 1);
    return `${x.toFixed(2)},${(28 - (26 * (value - low)) / range).toFixed(2)}`;
  });
  const pointOf = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    // The height of the field is from −1 to 1.
    const y = 1 - (2 * (event.clientY - box.top)) / box.height;
    return { x: (event.clientX - box.left) / box.width, y: Math.max(-1, Math.min(1, y)) };
  };
  const load = async (file: File | undefined) => {
    if (!file) return;
    try {
      onText((await numbersIn(file)).join(' '));
    } catch (error) {
      onWrong((error as Error).message);
    }
  };
  return (
    <>
      <svg
        class="series-drawing"
        viewBox="0 0 100 30"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${series.length} numbers`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drawing.current = [pointOf(event)];
        }}
        onPointerMove={(event) => drawing.current?.push(pointOf(event))}
        onPointerUp={() => {
          const drawn = drawing.current ?? [];
          drawing.current = undefined;
          if (drawn.length > 3) onText(drawnSeries(drawn).join(' '));
        }}
        onPointerCancel={() => (drawing.current = undefined)}
      >
        <polyline class="series-line" points={points.join(' ')} />
      </svg>
      <label class="file">
        from CSV (at most {most} numbers)
        <FileInput accept=".csv,.tsv,.txt" onFile={(file) => void load(file)} />
      </label>
    </>
  );
}

/** @throws Error that names the file and what is wrong with it */
async function numbersIn(file: File): Promise<number[]> {
  if (file.size > mostBytes) throw new RangeError(`${file.name}: more than ${mostBytes} bytes`);
  const bytes = await bytesOf(file);
  try {
    return firstColumn(tableText(bytes));
  } catch (error) {
    throw new Error(`${file.name}: ${(error as Error).message}`, { cause: error });
  }
}

/** What a hand drew, from left to right at equal steps. */
function drawnSeries(points: readonly { x: number; y: number }[]): number[] {
  const sorted = [...points].sort((a, b) => a.x - b.x);
  const [first, last] = [sorted[0]!.x, sorted.at(-1)!.x];
  return Array.from({ length: drawnPoints }, (_, n) => {
    const x = first + ((last - first) * n) / (drawnPoints - 1);
    const after = Math.max(
      1,
      sorted.findIndex((point) => point.x >= x),
    );
    const [a, b] = [sorted[after - 1]!, sorted[after]!];
    const part = b.x > a.x ? (x - a.x) / (b.x - a.x) : 0;
    return Math.round(100 * (a.y + part * (b.y - a.y))) / 100;
  });
}
