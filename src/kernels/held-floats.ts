import { currentKernels, type Kernels } from './module.js';

/** Zeros on both sides: kernels read whole vectors, and some floats past an array's ends. */
const MARGIN_BYTES = 64;

const collected = new FinalizationRegistry<{ kernels: Kernels; block: number }>(
  ({ kernels, block }) => kernels.arena.letGo(block),
);

/**
 * Floats in the kernels' memory that stay from one call to the next. They are given back by `free`,
 * else when the object is collected.
 */
export class HeldFloats {
  readonly length: number;
  #kernels: Kernels;
  #block: number;
  #freed = false;

  /**
   * @param content 'zeros', or 'anything' that was there
   * @throws RangeError when the memory cannot grow that far (2 GiB in all)
   */
  constructor(length: number, content: 'zeros' | 'anything') {
    this.length = length;
    this.#kernels = currentKernels();
    this.#block = this.#take();
    if (content === 'zeros') this.#kernels.clear(this.#address, 4 * length);
  }

  /** The kernels in whose memory they are. */
  get kernels(): Kernels {
    return this.#kernels;
  }

  /**
   * Where they are in the memory of the kernels that the next call will use, to which they move if
   * these are others. Not within a call.
   * @throws Error after `free`
   */
  address(): number {
    if (this.#freed) throw new Error('the array was freed');
    if (currentKernels() !== this.#kernels) this.#move();
    return this.#address;
  }

  /** A view, valid until memory that is not shared grows, or other kernels take over. */
  view(): Float32Array {
    const address = this.address();
    return this.#kernels.arena.view(address, this.length);
  }

  /** Gives the memory back. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    collected.unregister(this);
    this.#kernels.arena.letGo(this.#block);
  }

  get #address(): number {
    return this.#block + MARGIN_BYTES;
  }

  #take(): number {
    const { arena } = this.#kernels;
    const block = arena.hold(this.length * 4 + 2 * MARGIN_BYTES);
    arena.view(block, MARGIN_BYTES / 4).fill(0);
    arena.view(block + MARGIN_BYTES + this.length * 4, MARGIN_BYTES / 4).fill(0);
    collected.register(this, { kernels: this.#kernels, block }, this);
    return block;
  }

  #move(): void {
    const { arena } = this.#kernels;
    const block = this.#block;
    const content = arena.view(this.#address, this.length);
    collected.unregister(this);
    this.#kernels = currentKernels();
    this.#block = this.#take();
    this.#kernels.arena.view(this.#address, this.length).set(content);
    arena.letGo(block);
  }
}
