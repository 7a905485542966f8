/** A sentence pair as word indices, without marks of beginning or end. */
export interface EncodedPair {
  source: Int32Array;
  target: Int32Array;
}

/**
 * Sentence pairs one behind the other in two arrays. As an object each, a corpus' sentences would be
 * most of what there is for the garbage collector to walk, which the large arrays of a training
 * step call every time.
 */
export class EncodedPairs {
  readonly #sources = new Sentences();
  readonly #targets = new Sentences();

  get length(): number {
    return this.#sources.count;
  }

  push(source: ArrayLike<number>, target: ArrayLike<number>): void {
    this.#sources.push(source);
    this.#targets.push(target);
  }

  /** A pair, as views of the whole. */
  at(index: number): EncodedPair {
    return { source: this.#sources.at(index), target: this.#targets.at(index) };
  }

  /** The numbers of words of a pair. */
  lengthsAt(index: number): { source: number; target: number } {
    return { source: this.#sources.lengthAt(index), target: this.#targets.lengthAt(index) };
  }
}

/** Sentences in one array that grows. */
class Sentences {
  count = 0;
  #words: Int32Array = new Int32Array(1024);
  /** Where each sentence ends. */
  #ends: Int32Array = new Int32Array(64);

  push(words: ArrayLike<number>): void {
    const first = this.#end(this.count);
    const end = first + words.length;
    this.#words = withRoom(this.#words, end);
    this.#ends = withRoom(this.#ends, this.count + 1);
    this.#words.set(words, first);
    this.#ends[this.count++] = end;
  }

  at(index: number): Int32Array {
    return this.#words.subarray(this.#end(index), this.#end(index + 1));
  }

  lengthAt(index: number): number {
    return this.#end(index + 1) - this.#end(index);
  }

  /** The end of the first `sentences`. */
  #end(sentences: number): number {
    return sentences === 0 ? 0 : this.#ends[sentences - 1]!;
  }
}

/** An array with room for so many numbers: the same, or a copy of at least twice its size. */
function withRoom(array: Int32Array, size: number): Int32Array {
  if (size <= array.length) return array;
  const larger = new Int32Array(Math.max(size, 2 * array.length));
  larger.set(array);
  return larger;
}
