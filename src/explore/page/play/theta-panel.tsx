import { HeatMap } from '../heat-map.js';
import { ChartTable, shortNumber } from '../numbers.js';
import { cellName, tableOf } from './cells.js';
import type { Axes, Play } from './play.js';

export interface ThetaPanelProps {
  play: Play;
  axes: Axes;
  grid: Float32Array;
  cell: number;
  /** How many cells were changed. */
  edited: number;
  onCell(cell: number): void;
  onTheta(value: number): void;
  onReset(): void;
}

/** θ, to be changed: by a pointer that drags a cell up or down, by keys, or as a number. */
export function ThetaPanel({ play, axes, grid, cell, edited, ...act }: ThetaPanelProps) {
  let most = 1e-12;
  for (const value of grid) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  const value = grid[cell] ?? 0;
  return (
    <section class="theta" aria-label="θ">
      <h2>θ, the {play.entry}s</h2>
      <p class="quiet">
        Drag a cell up or down to change it, or choose it with the arrow keys and press plus or
        minus.
      </p>
      <HeatMap
        values={grid}
        axes={axes}
        most={most}
        signed
        label="θ"
        cell={cell}
        onCell={act.onCell}
        onChange={(by) => act.onTheta(value + by)}
        describe={(at) => `${cellName(axes, at)}: ${play.entry} ${shortNumber(grid[at] ?? NaN)}`}
      />
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <label>
          θ of {cellName(axes, cell)}
          <input
            type="number"
            step="0.1"
            value={Number(value.toPrecision(6))}
            onChange={({ currentTarget }) => {
              const next = Number(currentTarget.value);
              if (currentTarget.value !== '' && Math.abs(next) <= 1e6) act.onTheta(next);
              else currentTarget.value = String(value);
            }}
          />
        </label>
        <button type="button" disabled={edited === 0} onClick={act.onReset}>
          Undo {edited} {edited === 1 ? 'change' : 'changes'}
        </button>
      </form>
      <ChartTable caption="θ" {...tableOf(axes, grid, shortNumber)} />
    </section>
  );
}
