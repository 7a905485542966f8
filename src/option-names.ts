import { nearest } from './nearest.js';
import { quoted, visible } from './visible.js';

/**
 * Checks that options are an object, and that no name of theirs is misspelt: without the types nobody says
 * so, and the default would stand in for what was meant. Names like none of `known` may be there: sizes
 * are often kept in one object for several programs.
 */
export function checkOptions(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || ArrayBuffer.isView(options)) {
    throw new TypeError(`${owner} takes an object of options: it got ${quoted(options)}`);
  }
  for (const name of Object.keys(options)) {
    const meant = known.includes(name) ? undefined : nearest(name, known);
    if (meant === undefined) continue;
    throw new TypeError(`${owner} has no option '${visible(name)}': did you mean '${meant}'?`);
  }
}
