import type { Ends } from './graph-drawing.js';
import type { Grid, Opened, Smooth } from './opened.js';

/** A setting of a program, with what it may be. */
export type Setting = { key: string; label: string } & (
  | { kind: 'number'; least: number; most: number; step: number; usual: number }
  | { kind: 'choice'; values: readonly string[]; usual: string }
  | { kind: 'text'; most: number; usual: string }
  /** Numbers with spaces between them, drawn by hand. */
  | { kind: 'series'; most: number; usual: string }
  /** Lines 'from to score'. */
  | { kind: 'edges'; most: number; usual: string }
);

export type Settings = Readonly<Record<string, number | string>>;

/** What the rows and the columns of a grid are. */
export interface Axes {
  rows: readonly string[];
  cols: readonly string[];
  /** In the words of the program: 'state', 'frame'. */
  row: string;
  col: string;
  /** Of a graph whose columns are edges: their ends. */
  edges?: readonly Ends[];
}

/** A program that the playground shows: θ is a grid that the settings begin and a person changes. */
export interface Play {
  name: string;
  title: string;
  about: string;
  /** What a number of the grid is: the larger the better, or the worse. */
  entry: 'score' | 'cost';
  settings: readonly Setting[];
  axes(settings: Settings): Axes;
  /** θ before anybody has changed it. */
  base(settings: Settings): Grid;
  open(settings: Settings, smooth: Smooth): Opened;
}

/** A number among the settings of a program; by default a whole one. */
export const amount = (
  key: string,
  label: string,
  { step = 1, ...range }: { least: number; most: number; usual: number; step?: number },
): Setting => ({ key, label, kind: 'number', step, ...range });

export const numberOf = (settings: Settings, key: string) => Number(settings[key]);

export const textOf = (settings: Settings, key: string) => String(settings[key]);

/** Numbers that a seed gives, about −2 … 2: the same on every machine. */
export function seeded(length: number, seed: number): Grid {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2 ** 32) * 400 - 200) / 100;
  });
}

/** A, B, …, Z, A2, … */
export const letters = (count: number) =>
  Array.from({ length: count }, (_, n) => {
    const letter = String.fromCharCode(65 + (n % 26));
    return n < 26 ? letter : `${letter}${Math.floor(n / 26) + 1}`;
  });

/** 1, 2, … */
export const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n + 1));
