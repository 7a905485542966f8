import { useState } from 'preact/hooks';
import { shortNumber } from '../numbers.js';
import { scoresAt, valuesOf, type Sweep } from './sweeps.js';

/** The mean score of a sweep by two of its keys. */
export function SweepTable({ sweep }: { sweep: Sweep }) {
  // What was chosen stays while cells come, until none has the key any more.
  const [chosen, setChosen] = useState<{ row?: string; col?: string }>({});
  const kept = (key: string | undefined) =>
    key === '' || (key !== undefined && sweep.keys.includes(key)) ? key : undefined;
  const row = kept(chosen.row) ?? sweep.keys[0] ?? '';
  const col = kept(chosen.col) ?? sweep.keys[1] ?? '';
  const columns = col === '' || col === row ? [] : valuesOf(sweep, col);
  const choose = (label: string, value: string, set: (key: string) => void, none: boolean) => (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => set(currentTarget.value)}>
        {none && <option value="">none</option>}
        {sweep.keys.map((key) => (
          <option value={key}>{key}</option>
        ))}
      </select>
    </label>
  );
  const cellText = (where: [string, string][]) => {
    const { cells, scored, mean } = scoresAt(sweep, where);
    if (cells === 0) return '';
    if (scored === 0) return '–';
    return `${shortNumber(mean)}${cells > 1 ? ` (${scored} of ${cells})` : ''}`;
  };
  const heading = (
    <>
      <h3>
        <bdi>{sweep.name}</bdi>: {sweep.measure ?? 'no score yet'}
      </h3>
      {sweep.untold > 0 && (
        <p class="quiet">
          Neither its name nor its settings tell the values of {sweep.untold}{' '}
          {sweep.untold === 1 ? 'cell' : 'cells'}.
        </p>
      )}
    </>
  );
  if (sweep.cells.length === 0) return <section>{heading}</section>;
  return (
    <section>
      {heading}
      <div class="controls">
        {choose('rows', row, (row) => setChosen({ row, col }), false)}
        {choose('columns', col, (col) => setChosen({ row, col }), true)}
      </div>
      <div class="wide" tabIndex={0} role="region" aria-label={`Sweep ${sweep.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{row}</th>
              {columns.length > 0 ? (
                columns.map((value) => (
                  <th scope="col">
                    {col} = {value}
                  </th>
                ))
              ) : (
                <th scope="col">mean</th>
              )}
            </tr>
          </thead>
          <tbody>
            {valuesOf(sweep, row).map((value) => (
              <tr>
                <th scope="row">{value}</th>
                {columns.length > 0 ? (
                  columns.map((other) => (
                    <td>
                      {cellText([
                        [row, value],
                        [col, other],
                      ])}
                    </td>
                  ))
                ) : (
                  <td>{cellText([[row, value]])}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
