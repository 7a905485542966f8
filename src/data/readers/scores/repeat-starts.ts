/** What the signs of a bar say of repeats. */
export interface RepeatSigns {
  /** A repeat begins before it, by a sign. */
  starts: boolean;
  /** It ends with a sign to go back. */
  ends: boolean;
  /** It is in an ending other than the first. */
  isLaterEnding?: boolean;
  /** It is the last of an ending. */
  endsEnding?: boolean;
}

/**
 * The bars at which a repeat begins without a sign: after the repeat, or the endings, before it. Verovio goes
 * back to the first bar from there, or leaves the bars out.
 * @returns their indices, ascending; that of the first bar of all is not among them
 */
export function impliedStarts(bars: readonly RepeatSigns[]): number[] {
  const implied: number[] = [];
  let begin = 0;
  let hasSign = true;
  bars.forEach(({ starts, ends, isLaterEnding = false, endsEnding = false }, bar) => {
    if (starts) [begin, hasSign] = [bar, true];
    if (ends && !isLaterEnding && !hasSign) implied.push(begin);
    if (ends || endsEnding) [begin, hasSign] = [bar + 1, false];
  });
  return implied;
}
