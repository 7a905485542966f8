import { maximumPages } from './binaries.js';
import { blocks, type Blocks, type Pointer } from './signatures.js';

const PAGE_BYTES = 65536;
/** The most bytes that the kernels' memory can have: 2 GiB, where addresses are signed numbers. */
const MEMORY_LIMIT = maximumPages * PAGE_BYTES;

/**
 * The kernels' memory as a stack: what a scope takes is given back when it ends. Below the stack lie
 * blocks that are held from one call to the next.
 */
export class Arena {
  readonly #memory: WebAssembly.Memory;
  readonly #base: number;
  /** In the order of their addresses. */
  readonly #held: { address: number; end: number }[] = [];
  #top: number;
  #whole: Words | undefined;
  #scopes = 0;

  /** @internal */
  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory;
    this.#base = align(base);
    this.#top = this.#base;
  }

  /** Whether blocks are held. */
  get holding(): boolean {
    return this.#held.length > 0;
  }

  /**
   * Takes `bytes` bytes, a multiple of 64 from their address on, until `letGo`. Their content is
   * whatever was there. Not within a scope.
   * @throws RangeError when the memory cannot grow that far
   */
  hold(bytes: number): number {
    if (!this.idle) throw new Error('a block can only be held between calls of kernels');
    const size = align(bytes);
    let address = this.#base;
    let at = 0;
    for (; at < this.#held.length && this.#held[at]!.address - address < size; at++) {
      address = this.#held[at]!.end;
    }
    this.#growTo(address + size);
    this.#held.splice(at, 0, { address, end: address + size });
    this.#restack();
    return address;
  }

  /** Gives a held block back. */
  letGo(address: number): void {
    const at = this.#held.findIndex((block) => block.address === address);
    if (at >= 0) this.#held.splice(at, 1);
    if (this.idle) this.#restack();
  }

  /** Begins the stack behind the last held block. */
  #restack(): void {
    this.#top = this.#held.at(-1)?.end ?? this.#base;
  }

  /** The bytes that can still be taken, if the system gives them. */
  get room(): number {
    return MEMORY_LIMIT - this.#top;
  }

  #growTo(end: number): void {
    const missing = end - this.#memory.buffer.byteLength;
    if (missing <= 0) return;
    const wanted = `the kernels' memory would have to grow to ${mebibytes(end)} MiB`;
    if (!(end <= MEMORY_LIMIT)) {
      throw new RangeError(`${wanted}: its limit is ${mebibytes(MEMORY_LIMIT)} MiB`);
    }
    try {
      this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (cause) {
      const has = mebibytes(this.#memory.buffer.byteLength);
      throw new RangeError(
        `${wanted}, and the system does not give that much: it has ${has} MiB, ` +
          `its limit is ${mebibytes(MEMORY_LIMIT)} MiB`,
        { cause },
      );
    }
  }

  /** Whether no scope is open. */
  get idle(): boolean {
    return this.#scopes === 0;
  }

  /** Runs `work`; everything it takes is free again afterwards, also when it throws. */
  scope<T>(work: (arena: Arena) => T): T {
    const mark = this.#top;
    this.#scopes++;
    try {
      return work(this);
    } finally {
      this.#top = mark;
      this.#scopes--;
    }
  }

  /**
   * The address of `bytes` bytes, a multiple of 64: no two blocks share a cache line, nor a vector.
   * Their content is whatever was there. Views taken before may be of a memory that has grown:
   * take views last.
   * @throws RangeError when the memory cannot grow that far
   */
  reserve(bytes: number): number {
    const address = this.#top;
    const top = align(address + bytes);
    this.#growTo(top);
    this.#top = top;
    return address;
  }

  /** The address of a copy of `values`. */
  floats(values: Float32Array): number {
    const address = this.reserve(values.byteLength);
    this.#words().floats.set(values, address / 4);
    return address;
  }

  /** The address of a copy of `values` as 32-bit integers. */
  integers(values: ArrayLike<number>): number {
    const address = this.reserve(values.length * 4);
    this.#words().integers.set(values, address / 4);
    return address;
  }

  /** The address of `count` floats that are 0. */
  zeros(count: number): number {
    const address = this.reserve(count * 4);
    this.view(address, count).fill(0);
    return address;
  }

  /** The floats at `address`, valid until the memory grows. */
  view(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  /** The 32-bit integers at `address`, valid until the memory grows. */
  integerView(address: number, count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, count);
  }

  /** The 64-bit float at `address`. */
  double(address: number): number {
    return new DataView(this.#memory.buffer).getFloat64(address, true);
  }

  /** The address of a block of parameters, by the names of the kernels' own class. */
  block<Name extends keyof Blocks>(name: Name, fields: Blocks[Name]): Pointer<Name> {
    return this.blocks(name, [fields]);
  }

  /** The same for blocks behind each other: the address of the first. */
  blocks<Name extends keyof Blocks>(name: Name, all: readonly Blocks[Name][]): Pointer<Name> {
    const { bytes, write } = blocks[name];
    const address = this.reserve(all.length * bytes);
    const { integers, floats } = this.#words();
    for (let at = 0; at < all.length; at++) {
      write((address + at * bytes) / 4, all[at]!, integers, floats);
    }
    return address as Pointer<Name>;
  }

  /** Views of the whole memory: a view for every few words takes longer than to write them. */
  #words(): Words {
    const { buffer } = this.#memory;
    if (this.#whole?.buffer !== buffer) {
      const [integers, floats] = [new Int32Array(buffer), new Float32Array(buffer)];
      this.#whole = { buffer, integers, floats };
    }
    return this.#whole;
  }
}

interface Words {
  buffer: ArrayBufferLike;
  integers: Int32Array;
  floats: Float32Array;
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}
