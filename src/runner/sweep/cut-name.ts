/** Longer names of cells are cut: file systems take some 250 bytes, and a name stands in many of ours. */
export const mostNameLength = 120;

/** The beginning of a cell's name that is too long, and a sum of the whole that tells it from others. */
export const cutName = (name: string, sum: string) => `${name.slice(0, 108)}~${sum.slice(0, 10)}`;

/** Whether a cell's name does not tell all of its values. */
export const isCutName = (name: string) => /~[0-9a-f]{10}$/.test(name);
