import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { coloursOf, useDark } from './colours.js';

export interface HeatMapProps {
  /** Row by row. */
  values: Float32Array | undefined;
  axes: { rows: readonly string[]; cols: readonly string[] };
  /** What 1 is coloured as; default 1. With `signed` colours go from −most to most. */
  most?: number;
  signed?: boolean;
  label: string;
  /** The cell that is chosen. */
  cell: number;
  /** What is said of a cell: its names and its number. */
  describe(cell: number): string;
  onCell(cell: number): void;
  /** Cells of a path, to be marked. */
  path?: Int32Array | undefined;
  /** Changes the chosen cell's number by so much; undefined where the map is not θ. */
  onChange?: ((by: number) => void) | undefined;
}

const steps: Record<string, readonly [rows: number, cols: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Pixels that a pointer moves for a change of 0.1. */
const dragPixels = 8;
/** More marks than this are a line of colour. */
const mostMarks = 2000;
/** More names than this do not fit beside a map. */
const mostNames = { rows: 24, cols: 40 };

/**
 * A heat map on a canvas: one pixel a cell, scaled up. A pointer that is dragged over it chooses cells, or
 * changes the one where it began when the map is θ; keys do the same: arrows, + and −.
 */
export function HeatMap(props: HeatMapProps) {
  const { values, axes, most = 1, signed = false, label, cell, path } = props;
  const [rows, cols] = [axes.rows.length, axes.cols.length];
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useRef<{ signed: boolean; dark: boolean; words: Uint32Array }>(undefined);
  const drawn = useRef<ImageData>(undefined);
  const dragged = useRef<{ y: number }>(undefined);
  const hint = useId();
  // The cell is said when another is chosen here, not whenever its number changes.
  const [isFocused, setFocused] = useState(false);
  const dark = useDark();

  // With the frame that it belongs to, not after it.
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !values || values.length !== rows * cols) return;
    if (colours.current?.signed !== signed || colours.current.dark !== dark) {
      colours.current = { signed, dark, words: coloursOf(signed, dark) };
    }
    const { words } = colours.current;
    const known = drawn.current;
    const isSame = known?.width === cols && known.height === rows;
    const image = isSame ? known : context.createImageData(cols, rows);
    drawn.current = image;
    const pixels = new Uint32Array(image.data.buffer);
    const [scale, shift] = signed ? [127.5 / most, 127.5] : [255 / most, 0];
    for (let at = 0; at < pixels.length; at++) {
      const index = values[at]! * scale + shift;
      pixels[at] = words[index > 255 ? 255 : index > 0 ? index | 0 : 0]!;
    }
    context.putImageData(image, 0, 0);
  }, [values, rows, cols, most, signed, dark]);

  const cellAt = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const part = (at: number, size: number, count: number) =>
      Math.max(0, Math.min(count - 1, Math.floor((at / size) * count)));
    const row = part(event.clientY - box.top, box.height, rows);
    return row * cols + part(event.clientX - box.left, box.width, cols);
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    dragged.current = { y: event.clientY };
    props.onCell(cellAt(event));
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!dragged.current) return;
    if (!props.onChange) {
      props.onCell(cellAt(event));
      return;
    }
    const by = Math.trunc((dragged.current.y - event.clientY) / dragPixels);
    if (by === 0) return;
    dragged.current.y -= by * dragPixels;
    props.onChange(by / 10);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    const sign = event.key === '+' || event.key === '=' ? 1 : event.key === '-' ? -1 : 0;
    if (step) {
      const row = Math.max(0, Math.min(rows - 1, Math.floor(cell / cols) + step[0]));
      const col = Math.max(0, Math.min(cols - 1, (cell % cols) + step[1]));
      props.onCell(row * cols + col);
    } else if (sign !== 0 && props.onChange) props.onChange(sign / 10);
    else return;
    event.preventDefault();
  };

  // Cells as nearly square as the width allows, and never so tall that the page is one map.
  const height = Math.max(1.5, Math.min(26, (rows / cols) * 30));
  const marks = path && path.length <= mostMarks ? [...path] : [];
  const hasNames = rows <= mostNames.rows && cols <= mostNames.cols;
  const map = (
    <div
      class={props.onChange ? 'heat changes' : 'heat'}
      role="application"
      tabIndex={0}
      aria-label={label}
      aria-roledescription="heat map"
      aria-describedby={`${hint} ${hint}-keys`}
      style={{ height: `${height}rem` }}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      // Also when the system takes the pointer for a gesture of its own.
      onLostPointerCapture={() => (dragged.current = undefined)}
      onKeyDown={onKeyDown}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      <canvas ref={canvas} width={cols} height={rows} />
      <svg viewBox={`0 0 ${cols} ${rows}`} preserveAspectRatio="none" aria-hidden="true">
        {marks.map((one) => (
          <rect class="mark" x={one % cols} y={Math.floor(one / cols)} width="1" height="1" />
        ))}
        <rect class="chosen" x={cell % cols} y={Math.floor(cell / cols)} width="1" height="1" />
      </svg>
      <span id={hint} class="hidden" aria-live={isFocused ? 'polite' : 'off'}>
        {props.describe(cell)}.
      </span>
      <span id={`${hint}-keys`} class="hidden">
        Arrow keys choose a cell{props.onChange ? '; plus and minus change it.' : '.'}
      </span>
    </div>
  );
  if (!hasNames) return map;
  return (
    <div class="named">
      <Names names={axes.rows} kind="row-names" />
      {map}
      <Names names={axes.cols} kind="col-names" />
    </div>
  );
}

/** What rows or columns are called; a screen reader hears it with each cell. */
function Names({ names, kind }: { names: readonly string[]; kind: string }) {
  return (
    <div class={kind} aria-hidden="true">
      {names.map((name) => (
        <span>{name}</span>
      ))}
    </div>
  );
}
