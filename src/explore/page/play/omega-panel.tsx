import { useMemo, useState } from 'preact/hooks';
import { HeatMap } from '../heat-map.js';
import { ChartTable, Figure, percent, shortNumber } from '../numbers.js';
import { OmegaChoice, type OmegaChoiceProps } from '../omega-choice.js';
import { cellName, tableOf } from './cells.js';
import { GraphDrawing } from './graph-drawing.js';
import type { NamedPath } from './opened.js';
import type { Axes, Play } from './play.js';
import { SimplexDrawing } from './simplex-drawing.js';
import type { Details, Frame } from './solve.js';

export interface OmegaPanelProps extends OmegaChoiceProps {
  side: number;
  play: Play;
  /** Which program with which settings: of another one no path is marked. */
  problem: string;
  axes: Axes;
  frame: Frame | undefined;
  details: Details | undefined;
  cell: number;
  onCell(cell: number): void;
}

/** One Ω: its expected path, its numbers, its paths, and its Hessian. */
export function OmegaPanel(props: OmegaPanelProps) {
  const { title, omega, play, axes, frame, details, cell, onCell } = props;
  const [mark, setMark] = useState<{ problem: string; path: NamedPath | undefined }>();
  const marked = mark?.problem === props.problem ? mark.path : undefined;
  const setMarked = (path: NamedPath | undefined) => setMark({ problem: props.problem, path });
  const expected = frame?.expected;
  const sense = play.entry === 'cost' ? 'the best path’s cost' : 'the best path’s score';
  const product = details?.product;
  const most = useMemo(() => largest(product ?? []), [product]);
  // None of these changes while γ is dragged.
  const paths = useMemo(
    () => (
      <>
        <PathList
          title={pathsTitle(details)}
          paths={details?.best}
          marked={marked}
          onMark={setMarked}
        />
        <PathList title="Samples" paths={details?.samples} marked={marked} onMark={setMarked} />
      </>
    ),
    [details, marked, props.problem],
  );
  const hessian = useMemo(
    () => (
      <>
        <h3>Where θ of {cellName(axes, cell)} grows</h3>
        <HeatMap
          axes={axes}
          values={product}
          most={most}
          signed
          label={`Hessian product, ${omega}`}
          cell={cell}
          onCell={onCell}
          describe={(at) => `${cellName(axes, at)}: change ${shortNumber(product?.[at] ?? NaN)}`}
        />
        <p class="quiet">
          The Hessian times this direction: where the expected path gains (blue) and loses (orange).
          The value changes by{' '}
          <b data-figure="directional" data-value={details?.directional}>
            {shortNumber(details?.directional ?? NaN)}
          </b>{' '}
          for each 1.
        </p>
        {product && (
          <ChartTable
            caption="Hessian product"
            {...tableOf(axes, product, (value) => shortNumber(Number(value.toPrecision(3))))}
          />
        )}
      </>
    ),
    [axes, omega, details, cell],
  );
  return (
    <section aria-label={`${title}: ${omega}`} data-side={props.side}>
      <OmegaChoice {...props} />
      {play.name === 'simplex' && <SimplexDrawing point={expected} />}
      {play.name === 'dag' && (
        <GraphDrawing edges={axes.edges ?? []} expected={expected} cell={cell} onCell={onCell} />
      )}
      <HeatMap
        axes={axes}
        values={expected}
        label={`Expected path, ${omega}`}
        cell={cell}
        path={marked?.cells}
        onCell={onCell}
        describe={(at) =>
          `${cellName(axes, at)}: probability ${shortNumber(expected?.[at] ?? NaN)}`
        }
      />
      <p class="quiet cell-line">
        {cellName(axes, cell)}: <b data-figure="expected">{shortNumber(expected?.[cell] ?? NaN)}</b>
      </p>
      {expected && (
        <ChartTable
          caption="Expected path"
          {...tableOf(axes, expected, (value) => value.toFixed(3))}
        />
      )}
      <dl class="figures">
        <Figure name="value" value={frame?.value} />
        <Figure name={sense} value={details?.hard} />
        <Figure name="difference" value={frame && details && frame.value - details.hard} />
        <Figure
          name="cells above 0"
          value={frame?.support}
          unit={` of ${axes.rows.length * axes.cols.length}`}
        />
        <Figure name="time of a call" value={frame?.milliseconds} unit=" ms" />
      </dl>
      {paths}
      {hessian}
    </section>
  );
}

function largest(values: ArrayLike<number>): number {
  let most = 1e-12;
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!));
  return most;
}

function pathsTitle(details: Details | undefined): string {
  if (!details) return 'Most probable paths';
  if (details.best.length === 0) return 'Most probable paths: too many cells to rank';
  if (!details.isAll) return `The ${details.best.length} most probable paths, of more`;
  return details.best.length === 1 ? 'The only path' : `All ${details.best.length} paths`;
}

/** Parallel edges make paths of one text. */
const isSame = (a: NamedPath, b: NamedPath | undefined) =>
  a.text === b?.text && a.cells.join() === b.cells.join();

interface PathListProps {
  title: string;
  paths: readonly NamedPath[] | undefined;
  marked: NamedPath | undefined;
  onMark(path: NamedPath | undefined): void;
}

/** Paths, each a button that marks it on the map. */
function PathList({ title, paths = [], marked, onMark }: PathListProps) {
  return (
    <>
      <h3>{title}</h3>
      <ol class="paths">
        {paths.map((path) => (
          <li>
            <button
              type="button"
              title={path.text}
              aria-pressed={isSame(path, marked)}
              onClick={() => onMark(isSame(path, marked) ? undefined : path)}
            >
              <code dir="auto">{path.text}</code>
            </button>{' '}
            <span data-probability={path.probability}>{percent(path.probability)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
