/** Helvetica's widths, as parts of the size of its letters. */
const digitWidth = 0.556;
const pointWidth = 0.278;
/** A tick, and the space behind it, in pixels. */
const tickLength = 9;

/** How much room the ticks of a drawn plot's y axis and the longest number beside them take, in pixels. */
export function tickLabelRoom(drawn: ParentNode, fontSize: number): number {
  const labels = [...drawn.querySelectorAll('[aria-label="y-axis tick label"] text')];
  const widths = labels.map(({ textContent }) =>
    [...(textContent ?? '')].reduce(
      (width, letter) => width + fontSize * (/[.,]/.test(letter) ? pointWidth : digitWidth),
      0,
    ),
  );
  return tickLength + Math.ceil(Math.max(0, ...widths));
}
