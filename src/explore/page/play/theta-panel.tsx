import { HeatMap } from '../heat-map.js';
import { NumberInput } from '../number-field.js';
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

/** Larger numbers leave no room for others in float32. */
const thetaRange = { least: -1e6, most: 1e6 } as const;

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
        // Float32 has no 0.1: what a drag adds up is rounded.
        onChange={(by) => act.onTheta(Math.round((value + by) * 1e6) / 1e6)}
        describe={(at) => `${cellName(axes, at)}: ${play.entry} ${shortNumber(grid[at] ?? NaN)}`}
      />
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <label>
          θ of {cellName(axes, cell)}
          <NumberInput
            label="θ"
            {...thetaRange}
            value={Number(value.toPrecision(6))}
            onValue={act.onTheta}
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
