/** The kernels' memory as a stack: what a scope takes is given back when it ends. */
export class Arena {
  readonly #memory: WebAssembly.Memory;
  #top: number;
  #scopes = 0;

  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory;
    this.#top = align(base);
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
    this.#top = align(address + bytes);
    const missing = this.#top - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / 65536));
    return address;
  }

  /** The address of a copy of `values`. */
  floats(values: Float32Array): number {
    const address = this.reserve(values.byteLength);
    this.view(address, values.length).set(values);
    return address;
  }

  /** The address of a copy of `values` as 32-bit integers. */
  integers(values: ArrayLike<number>): number {
    const address = this.reserve(values.length * 4);
    new Int32Array(this.#memory.buffer, address, values.length).set(values);
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

  /** A block of a kernel's parameters: integers and addresses, and floats as `f32(x)`. */
  parameters(fields: readonly (number | Float)[]): number {
    const address = this.reserve(fields.length * 4);
    const block = new DataView(this.#memory.buffer, address, fields.length * 4);
    fields.forEach((field, at) => {
      if (typeof field === 'number') block.setInt32(at * 4, field, true);
      else block.setFloat32(at * 4, field.float, true);
    });
    return address;
  }
}

/** A parameter that a kernel reads as a 32-bit float. */
export interface Float {
  readonly float: number;
}

export function f32(float: number): Float {
  return { float };
}

function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}
