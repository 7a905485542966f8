/**
 * Quarters a minute by a metronome mark. Verovio takes a dotted unit for four thirds of the plain one.
 * @param quarters of the unit without its dots
 */
export const quarterTempo = (quarters: number, dots: number, perMinute: number): number =>
  quarters * (2 - 2 ** -dots) * perMinute;
