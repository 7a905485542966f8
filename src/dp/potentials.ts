import { zerosLike } from './checks.js';
import type { Layer } from './graph.js';
import type { Precision } from './omega/table.js';
import { isFloat32, isRealArray, type RealArray } from './real-array.js';
import { quoted } from '../visible.js';

/** A named part of a program's potentials. */
export interface PartOptions {
  /** The axes of one item's entries. */
  shape: readonly number[];
  /** Whether it may be left out: then its entries are 0. */
  optional?: boolean;
  /**
   * Whether the whole batch may have one array of this shape, whose gradient and product are sums over
   * the items; an array with the batch as its first axis is taken too. Default only that.
   */
  shared?: boolean;
}

/** A part with its name; a form with one part without a name is a bare array. */
export interface PotentialPart extends PartOptions {
  name: string;
}

/** What scores and directions must stay within. */
export interface ScoreRange {
  readonly gamma: number;
  readonly precision: Precision;
}

/** One form that theta may have. */
export interface PotentialForm {
  readonly parts: readonly PotentialPart[];
  /** Names of what theta may hold beside arrays; gradient, z and product go without. */
  readonly settings?: readonly string[];
  /**
   * The potentials of features, not of edges: a program's own way to read and write them.
   * @internal
   */
  readonly open?: (theta: object, z: object | undefined, range: ScoreRange) => OpenPotentials;
  /**
   * Why paths have no indicator of this form, where they have none.
   * @internal
   */
  readonly noIndicator?: string;
}

/** The potentials of one item as scores in float64, a layer at a time, and where its results go. */
export interface ItemPotentials {
  /** Writes the scores of a layer's potentials. */
  read(layer: Layer, scores: Float64Array): void;
  /** Writes their derivatives along z. */
  readDirection(layer: Layer, slopes: Float64Array): void;
  /** Adds a layer's part of the expected path, and of its derivative. */
  write(layer: Layer, expected: Float64Array, product: Float64Array | undefined): void;
}

/** The potentials of a batch in use by one call. */
export interface OpenPotentials {
  item(index: number): ItemPotentials;
  /** The results, of theta's structure and types. */
  gradient(): object;
  product(): object;
}

/** An array of a part, as it was found in theta. */
export interface Held {
  readonly part: PotentialPart;
  readonly array: RealArray;
  /** From one item's first entry to the next one's: 0 if they share them. */
  readonly stride: number;
}

/** The entries of an array of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const axis of shape) size *= axis;
  return size;
}

/** The entries of each part of one item's potentials. */
export function partSizes({ parts }: PotentialForm): number[] {
  return parts.map(({ shape }) => sizeOf(shape));
}

/** The shapes that an array of a part may have. */
export function shapesOf({ shape, shared = false }: PartOptions, batch: number): number[][] {
  const each = [batch, ...shape];
  return shared ? [[...shape], each] : [each];
}

/** The forms that theta may have, and the check that it has one of them. */
export interface PotentialForms {
  readonly all: readonly PotentialForm[];
  /**
   * The form that theta, z or a target has.
   *
   * @param root what messages call it
   * @throws TypeError for what is no array or object of arrays of the program's parts; RangeError for
   *   an array of the wrong size
   */
  of(root: string, theta: unknown): PotentialForm;
  /** A direction z with zeros for the parts of theta that it leaves out. */
  whole(theta: object, z: object): object;
  /** Those of the indicators of paths: every part has the batch first, and may be left out. */
  indicators(): PotentialForms;
}

/** Forms of any structure. */
export function formsOf(all: readonly PotentialForm[], batch: number): PotentialForms {
  return {
    all,
    of: (root, theta) => formOf(root, theta, all, batch),
    whole: (theta, z) => wholeDirection(theta, z, formOf('theta', theta, all, batch)),
    indicators() {
      const each = all
        .filter((form) => !form.open)
        .map(({ parts }) => ({
          parts: parts.map((part) => ({ ...part, shared: false, optional: true })),
        }));
      const forms = formsOf(each, batch);
      const of: PotentialForms['of'] = (root, y) => {
        const form = forms.of(root, y);
        // Any path would do.
        if (arraysOf(y as object, form).every((array) => !array)) {
          const names = form.parts.map(({ name }) => name).join(', ');
          throw new TypeError(`${root} has none of its parts: it must have some of ${names}`);
        }
        return form;
      };
      return { ...forms, of };
    },
  };
}

/** The form of a program without a batch whose theta is one array. */
export function bareForm(size: number): PotentialForms & { all: readonly [PotentialForm] } {
  const form = { parts: [{ name: '', shape: [size], shared: true }] };
  const forms: ReturnType<typeof bareForm> = {
    all: [form],
    of(root, theta) {
      if (!isRealArray(theta)) {
        throw new TypeError(`${root} is ${describe(theta)}: it must be ${realArrays}`);
      }
      if (theta.length !== size) throw wrongLength(root, theta, [[size]]);
      return form;
    },
    whole: (_theta, z) => z,
    indicators: () => forms,
  };
  return forms;
}

const realArrays = 'a Float32Array or a Float64Array';

/**
 * The form that theta, z or a target has.
 *
 * @param root what messages call it
 * @throws TypeError for what is no array or object of arrays of the program's parts; RangeError for
 *   an array of the wrong size
 */
function formOf(
  root: string,
  theta: unknown,
  forms: readonly PotentialForm[],
  batch: number,
): PotentialForm {
  for (const form of forms) if (fits(theta, form, batch)) return form;
  const bare = ArrayBuffer.isView(theta);
  const form = forms.find(({ parts }) => (parts[0]!.name === '') === bare);
  const isRecord = typeof theta === 'object' && theta !== null && !Array.isArray(theta);
  if (!form || (!bare && (!isRecord || isForeign(theta, form)))) {
    throw new TypeError(
      `${root} is ${describe(theta)}: it must be ${forms.map(wanted).join(', or ')}`,
    );
  }
  if (!bare) {
    const names = [...form.parts.map(({ name }) => name), ...(form.settings ?? [])];
    for (const [name, value] of Object.entries(theta as object)) {
      if (names.includes(name) || value === undefined) continue;
      throw new TypeError(`${root} has a part ${quoted(name)}: it must be ${wanted(form)}`);
    }
  }
  for (const part of form.parts) checkPart(root, theta as object, part, batch);
  return form;
}

/** Whether potentials plainly have a form: the usual case. */
function fits(theta: unknown, { parts }: PotentialForm, batch: number): boolean {
  const bare = parts[0]!.name === '';
  if (bare !== ArrayBuffer.isView(theta) || typeof theta !== 'object' || !theta) return false;
  let names = 0;
  for (const part of parts) {
    const array = arrayOf(theta, part);
    if (array === undefined && part.optional) continue;
    if (!isRealArray(array)) return false;
    const size = sizeOf(part.shape);
    if (array.length !== size * batch && !(part.shared && array.length === size)) return false;
    names++;
  }
  if (!bare) for (const name in theta) if (Object.hasOwn(theta, name)) names--;
  return bare || names === 0;
}

function checkPart(root: string, theta: object, part: PotentialPart, batch: number): void {
  const array = arrayOf(theta, part);
  const name = nameOf(root, part);
  if (array === undefined || array === null) {
    if (part.optional) return;
    throw new TypeError(`${name} is missing: it must be ${realArrays}`);
  }
  if (!isRealArray(array)) {
    throw new TypeError(`${name} is ${describe(array)}: it must be ${realArrays}`);
  }
  if (part.shape.some((axis) => axis < 0)) return;
  const shapes = shapesOf(part, batch);
  if (shapes.some((shape) => sizeOf(shape) === array.length)) return;
  throw wrongLength(name, array, shapes);
}

function wrongLength(name: string, { length }: RealArray, shapes: readonly number[][]): RangeError {
  const needs = shapes.map((shape) => `its shape [${shape.join(', ')}] needs ${sizeOf(shape)}`);
  return new RangeError(`${name} has ${length} entries: ${needs.join(', ')}`);
}

/**
 * What a structure has by the name of a part; of a bare part, which has no name, itself. What every object
 * inherits, such as `constructor`, is no part of it.
 */
export function partOf(structure: object, name: string): unknown {
  if (name === '') return structure;
  const isInherited = name in Object.prototype && !Object.hasOwn(structure, name);
  return isInherited ? undefined : (structure as Record<string, unknown>)[name];
}

const arrayOf = (theta: object, { name }: PotentialPart) => partOf(theta, name);

export const nameOf = (root: string, { name }: Pick<PotentialPart, 'name'>) =>
  name === '' ? root : `${root}.${name}`;

function wanted({ parts, settings = [] }: PotentialForm): string {
  if (parts[0]!.name === '') return realArrays;
  const names = parts.map(({ name, optional }) => (optional ? `${name} (optional)` : name));
  return `an object of such arrays: ${[...names, ...settings.map((s) => `${s} (optional)`)].join(', ')}`;
}

/** Objects that people hand over for their arrays; a part may have the name of what they hold. */
function isForeign(value: object, { parts }: PotentialForm): boolean {
  const own = parts.some(({ name }) => name === 'data');
  return 'dataSync' in value || (!own && 'data' in value && ArrayBuffer.isView(value.data));
}

/** What a message calls a value that is no array. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an Array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const kind = value.constructor?.name ?? 'Object';
  const called = `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
  if ('dataSync' in value) return `${called} (its dataSync() is an array; layers take tensors)`;
  if ('data' in value && ArrayBuffer.isView(value.data)) return `${called} (its data is an array)`;
  return called;
}

/** The arrays that theta or z has, by part. */
export function held(theta: object, { parts }: PotentialForm, batch: number): (Held | undefined)[] {
  return parts.map((part) => {
    const array = arrayOf(theta, part) as RealArray | undefined | null;
    if (!array) return undefined;
    const size = sizeOf(part.shape);
    const perItem = !part.shared || array.length !== size;
    return { part, array, stride: perItem && batch > 1 ? size : 0 };
  });
}

function wholeDirection(theta: object, z: object, { parts }: PotentialForm): object {
  const isRecord = typeof z === 'object' && z !== null && !ArrayBuffer.isView(z);
  if (parts[0]!.name === '' || !isRecord || !parts.some((part) => arrayOf(z, part))) return z;
  const missing = parts.flatMap((part) => {
    const like = arrayOf(theta, part);
    return isRealArray(like) && !arrayOf(z, part) ? [[part.name, zerosLike(like)]] : [];
  });
  return missing.length === 0 ? z : { ...z, ...(Object.fromEntries(missing) as object) };
}

/** Arrays by part as theta has them: a bare one, or an object by name. */
export function structured(
  { parts }: PotentialForm,
  arrays: readonly (RealArray | undefined)[],
): object {
  if (parts[0]!.name === '') return arrays[0]!;
  return Object.fromEntries(
    parts.flatMap(({ name }, part) => (arrays[part] ? [[name, arrays[part]]] : [])),
  );
}

/** Whether every array of potentials is of float32. */
export function areFloat32(theta: object, { parts }: PotentialForm): boolean {
  for (const part of parts) {
    const array = arrayOf(theta, part);
    if (array !== undefined && array !== null && !isFloat32(array)) return false;
  }
  return true;
}

/** The arrays of theta by the parts of its form; undefined for one that is left out. */
export function arraysOf(theta: object, { parts }: PotentialForm): (RealArray | undefined)[] {
  return parts.map((part) => (arrayOf(theta, part) ?? undefined) as RealArray | undefined);
}

/** Float32 potentials by part as the floats of items, behind each other, and back. */
export function floatsByItem(form: PotentialForm, batch: number) {
  const sizes = partSizes(form);
  const starts = sizes.map((_, part) => sizes.slice(0, part).reduce((sum, one) => sum + one, 0));

  return {
    size: sizes.reduce((sum, part) => sum + part, 0),
    /** Writes items to `floats`; parts that are left out are 0. */
    bring(theta: object): ItemCopy {
      const parts = held(theta, form, batch);
      return (from, to, floats) => {
        let at = 0;
        for (let item = from; item < to; item++) {
          parts.forEach((found, part) => {
            const length = sizes[part]!;
            const first = item * (found?.stride ?? 0);
            if (found) floats.set(found.array.subarray(first, first + length), at);
            else floats.fill(0, at, at + length);
            at += length;
          });
        }
      };
    },
    /** Takes results over, in the structure of theta; of shared parts, sums over the items. */
    results(theta: object): { take: ItemCopy; all(): object } {
      const parts = held(theta, form, batch).map((found, part) => {
        if (!found) return undefined;
        const { stride, array } = found;
        const isShared = stride === 0 && batch > 1;
        // Items come in any order, but are added up in theirs.
        const values = new Float32Array(isShared ? batch * array.length : array.length);
        return { name: found.part.name, isShared, values, length: sizes[part]!, at: starts[part]! };
      });
      return {
        take(from, to, floats) {
          const size = floats.length / (to - from);
          for (const part of parts) {
            if (!part) continue;
            for (let item = from; item < to; item++) {
              const first = (item - from) * size + part.at;
              part.values.set(floats.subarray(first, first + part.length), item * part.length);
            }
          }
        },
        all() {
          const found = parts.flatMap((part) => {
            if (!part) return [];
            const { name, isShared, values, length } = part;
            return [[name, isShared ? sumOfItems(values, length) : values] as const];
          });
          return Object.fromEntries(found);
        },
      };
    },
  };
}

/** What copies items [from, to) of a batch to `floats`, or from there: each behind the one before. */
export type ItemCopy = (from: number, to: number, floats: Float32Array) => void;

/** The sum of items of `length` floats each, in float64. */
function sumOfItems(values: Float32Array, length: number): Float32Array {
  const sums = new Float64Array(length);
  for (let first = 0; first < values.length; first += length) {
    for (let k = 0; k < length; k++) sums[k]! += values[first + k]!;
  }
  return new Float32Array(sums);
}
