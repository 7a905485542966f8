import { omegaNames, type OmegaName } from '../../../index.js';
import { expectedNumber, usedNumber } from '../number-field.js';
import { edgesOf } from './dag.js';
import { seriesOf } from './dtw.js';
import type { Grid } from './opened.js';
import type { Play, Setting, Settings } from './play.js';
import { plays } from './table.js';

/** Everything that the playground shows follows from this; a link holds it. */
export interface PlayState {
  play: Play;
  settings: Settings;
  omegas: readonly [OmegaName, OmegaName];
  gamma: number;
  /** The cells of θ that were changed, with their numbers. */
  edits: ReadonlyMap<number, number>;
  /** The cell that is chosen: the direction of the Hessian product. */
  cell: number;
  k: number;
}

export const gammaRange = { least: 0.01, most: 100 } as const;
export const mostPaths = 20;

const usualSettings = ({ settings }: Play): Settings =>
  Object.fromEntries(settings.map(({ key, usual }) => [key, usual]));

/** The state of a program before anything was changed. */
export function usualState(play: Play, settings = usualSettings(play)): PlayState {
  const { rows, cols } = play.axes(settings);
  return {
    play,
    settings,
    omegas: ['negentropy', 'l2'],
    gamma: 1,
    edits: new Map(),
    // The middle, where paths differ.
    cell: (rows.length >> 1) * cols.length + (cols.length >> 1),
    k: 5,
  };
}

/** The state with another setting: what was done to θ stays where the setting does not touch θ. */
export function withSetting(state: PlayState, key: string, value: number | string): PlayState {
  const { play, settings: before, omegas, gamma, k, cell, edits } = state;
  const settings = { ...before, [key]: value };
  const usual = { ...usualState(play, settings), omegas, gamma, k };
  const [old, now] = [play.axes(before), play.axes(settings)];
  const isSameShape = old.rows.length === now.rows.length && old.cols.length === now.cols.length;
  if (!isSameShape) return usual;
  const [oldBase, base] = [play.base(before), play.base(settings)];
  const isSame = base.every((entry, at) => entry === oldBase[at]);
  return { ...usual, cell, edits: isSame ? edits : usual.edits };
}

/** What the programs, the settings and the shape of θ are, without what was done to θ. */
export const problemOf = ({ play, settings }: PlayState) => linkOf(usualState(play, settings));

/** θ: what the settings say, with the changes. */
export function gridOf({ play, settings, edits }: PlayState): Grid {
  const grid = play.base(settings);
  for (const [cell, value] of edits) if (cell < grid.length) grid[cell] = value;
  return grid;
}

/** The state as the words of a link. */
export function linkOf(state: PlayState): string {
  const { play, settings, omegas, gamma, edits, cell, k } = state;
  const usual = usualState(play, settings);
  const words = new URLSearchParams({ a: omegas[0], b: omegas[1], gamma: String(gamma) });
  if (cell !== usual.cell) words.set('cell', String(cell));
  if (k !== usual.k) words.set('k', String(k));
  for (const { key, usual } of play.settings) {
    if (settings[key] !== usual) words.set(`set.${key}`, String(settings[key]));
  }
  if (edits.size > 0) words.set('theta', [...edits].map((edit) => edit.join(':')).join(','));
  return `#/play/${play.name}?${words.toString()}`;
}

/** The number that a word of a link is; NaN for none. */
const numberIn = (text: string) => (text.trim() === '' ? NaN : Number(text));

/** A link read: what is wrong in it is left out, and said. */
export function stateOf(
  name: string,
  words: URLSearchParams,
): { state: PlayState; wrong: string[] } {
  const wrong: string[] = [];
  const found = plays.find((play) => play.name === name);
  if (!found && name !== '') wrong.push(`there is no program '${name}'`);
  const play = found ?? plays[1]!;
  const take = <T>(key: string, otherwise: T, read: (text: string) => T | undefined): T => {
    const text = words.get(key);
    if (text === null) return otherwise;
    const value = read(text);
    if (value === undefined) wrong.push(`'${key}' cannot be ${text.slice(0, 40) || 'empty'}`);
    return value ?? otherwise;
  };
  const within = (least: number, most: number) => (text: string) => {
    const value = numberIn(text);
    return value >= least && value <= most ? value : undefined;
  };
  const omega = (text: string) => omegaNames.find((one) => one === text);
  const settings: Settings = Object.fromEntries(
    play.settings.map((setting) => [
      setting.key,
      take(`set.${setting.key}`, setting.usual, (text) => checkSetting(setting, text).value),
    ]),
  );
  const usual = usualState(play, settings);
  const size = play.base(settings).length;
  const isCell = (value: number) => Number.isInteger(value) && value >= 0 && value < size;
  const edits = take('theta', usual.edits, (text) => {
    const pairs = text.split(',').map((pair) => pair.split(':').map(numberIn));
    const good = pairs.every(
      ([cell, value, ...more]) =>
        more.length === 0 && isCell(cell!) && Number.isFinite(Math.fround(value!)),
    );
    return good ? new Map(pairs as [number, number][]) : undefined;
  });
  const known = [
    'a',
    'b',
    'gamma',
    'theta',
    'cell',
    'k',
    ...Object.keys(settings).map((key) => `set.${key}`),
  ];
  for (const key of words.keys()) if (!known.includes(key)) wrong.push(`there is no '${key}'`);
  const state: PlayState = {
    play,
    settings,
    omegas: [take('a', usual.omegas[0], omega), take('b', usual.omegas[1], omega)],
    gamma: take('gamma', usual.gamma, within(gammaRange.least, gammaRange.most)),
    edits,
    cell: take('cell', usual.cell, (text) => (isCell(numberIn(text)) ? numberIn(text) : undefined)),
    k: Math.round(take('k', usual.k, within(1, mostPaths))),
  };
  return { state, wrong };
}

/** What a person or a link gives for a setting: its value, or what is wrong with it. */
export function checkSetting(
  setting: Setting,
  text: string,
): { value: number | string; wrong?: undefined } | { value?: undefined; wrong: string } {
  const { kind, label } = setting;
  if (kind === 'number') {
    const value = usedNumber(text, setting);
    return value === undefined ? { wrong: expectedNumber(label, setting) } : { value };
  }
  if (kind === 'choice') {
    return setting.values.includes(text)
      ? { value: text }
      : { wrong: `${label}: one of ${setting.values.join(', ')}` };
  }
  if (kind === 'text') {
    const count = Array.from(text).length;
    return count >= 1 && count <= setting.most
      ? { value: text }
      : { wrong: `${label}: 1 to ${setting.most} letters` };
  }
  try {
    const count = kind === 'edges' ? edgesOf(text).length : numbersIn(text);
    if (count >= 1 && count <= setting.most) return { value: text };
    return { wrong: `${label}: 1 to ${setting.most} ${kind === 'edges' ? 'edges' : 'numbers'}` };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

/** @throws RangeError for what is no number, or one number or two: 0,5 1,5 */
function numbersIn(text: string): number {
  const cells = text.split(/[\s;]+/).filter(Boolean);
  const withComma = cells.find((cell) => cell.includes(','));
  if (cells.length > 1 && withComma && cells.every((cell) => /^[+-]?\d+(,\d+)?$/.test(cell))) {
    throw new RangeError(
      `'${withComma}' may be one number or two: write decimals with a point, or a space behind ` +
        'each comma',
    );
  }
  const series = seriesOf(text);
  const bad = series.findIndex((value) => !Number.isFinite(value) || Math.abs(value) > 1e6);
  if (bad >= 0) throw new RangeError(`entry ${bad + 1} of the series is no number`);
  return series.length;
}
