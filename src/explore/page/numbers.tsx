import { useState } from 'preact/hooks';

/** Five digits: 0.012346, 1234.6; of what may be a count all: 123457. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace('-', '−').replace('Infinity', '∞');
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value).replace('-', '−');
  const [digits, exponent] = value.toExponential(4).split('e');
  if (Number(exponent) > 4 || Number(exponent) < -5) {
    return `${Number(digits)}e${Number(exponent)}`.replaceAll('-', '−');
  }
  return String(Number(value.toPrecision(5))).replace('-', '−');
}

/** A probability: 12.3 %, or a number where that would be 0.0 %. */
export const percent = (probability: number) =>
  probability >= 0.0005
    ? `${(100 * probability).toFixed(1)} %`
    : shortNumber(Number(probability.toPrecision(2)));

/** A number with its name; the whole of it is in `data-value`. */
export function Figure({
  name,
  value,
  unit = '',
}: {
  name: string;
  value: number | undefined;
  unit?: string;
}) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd data-figure={name} data-value={value}>
        {value === undefined ? '–' : `${shortNumber(value)}${unit}`}
      </dd>
    </div>
  );
}

export interface TableProps {
  caption: string;
  columns: readonly string[];
  /** What of the numbers is left out. */
  note?: string | undefined;
  /** The first cell names the row. */
  rows: () => readonly (readonly string[])[];
}

/** The numbers behind a chart, written down once somebody wants them. */
export function ChartTable({ caption, columns, note, rows }: TableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>{caption}, as a table</summary>
      {isOpen && note !== undefined && <p class="quiet">{note}</p>}
      {isOpen && (
        <div class="wide" tabIndex={0} role="group" aria-label={caption}>
          <table>
            <thead>
              <tr>
                {columns.map((column) =>
                  // A header that says nothing is none.
                  column === '' ? <td /> : <th scope="col">{column}</th>,
                )}
              </tr>
            </thead>
            <tbody>
              {rows().map(([name, ...cells]) => (
                <tr>
                  <th scope="row">{name}</th>
                  {cells.map((cell) => (
                    <td>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
