/** Filters over the bins of a spectrum, each a run of weights: all other bins weigh nothing. */
export type FilterBank = readonly Filter[];

/** One filter. */
export interface Filter {
  /** The bin of the first weight. */
  firstBin: number;
  /** Of this bin and those after it. */
  weights: Float64Array;
}

/** Cuts a weight function over bins 0 … bins − 1 down to its run of non-zero weights. */
export function filterFrom(bins: number, weight: (bin: number) => number): Filter {
  const weights = Float64Array.from({ length: bins }, (_, bin) => weight(bin));
  const firstBin = weights.findIndex((value) => value > 0);
  if (firstBin < 0) return { firstBin: 0, weights: new Float64Array(0) };
  const lastBin = weights.findLastIndex((value) => value > 0);
  return { firstBin, weights: weights.slice(firstBin, lastBin + 1) };
}

/** What each filter lets through of a spectrum, written to output[offset …]. */
export function applyFilterBank(
  bank: FilterBank,
  spectrum: Float64Array,
  output: Float64Array,
  offset: number,
): void {
  bank.forEach(({ firstBin, weights }, band) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * spectrum[firstBin + i]!;
    output[offset + band] = sum;
  });
}
