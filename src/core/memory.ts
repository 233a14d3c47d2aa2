/**
 * The process's shared memory: one fixed buffer, reserved once.
 *
 * Fixed because a growable SharedArrayBuffer makes every access 8 to 25 times
 * slower; large because reserving is free until a page is touched. A carrier
 * finds the buffer of its process under {@link MEMORY_KEY}, put there by the
 * carrier's entry before any other module of heddle loads.
 */

/** Where a carrier's entry leaves the process's memory for this module. */
export const MEMORY_KEY: symbol = Symbol.for("heddle.memory");

const MIB = 2 ** 20;

/** Sizes to try, largest first: a machine that refuses a large reservation still gets a heap. */
const RESERVATIONS = [1024 * MIB, 512 * MIB, 256 * MIB, 64 * MIB];

function reserve(): SharedArrayBuffer {
  let refusal: unknown;
  for (const size of RESERVATIONS) {
    try {
      return new SharedArrayBuffer(size);
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

const inherited = (globalThis as Record<symbol, unknown>)[MEMORY_KEY];

/** The process's shared memory. Every thread of the process has this same buffer. */
export const buffer: SharedArrayBuffer = inherited instanceof SharedArrayBuffer ? inherited : reserve();
export const i32: Int32Array<SharedArrayBuffer> = new Int32Array(buffer);
export const u8: Uint8Array<SharedArrayBuffer> = new Uint8Array(buffer);
export const f64: Float64Array<SharedArrayBuffer> = new Float64Array(buffer);
