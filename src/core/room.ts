/**
 * Room on the stack: whoever is about to take a LOCK or go through the gate makes sure first that what it does there
 * cannot overflow the stack.
 *
 * An overflow is thrown where it happens, also in a `finally` that was to free a LOCK; so there must be none. The
 * engine looks at the stack when it enters a function: whether the whole frame fits. A function with so many variables
 * that nobody uses has a frame of that size, and costs a call: it throws the RangeError before anything is changed.
 *
 * The names are only used behind a `return`: that is enough to be given a place in the frame, and makes no bytecode.
 * With so little of it the function is soon optimised, and optimised code leaves the variables out, but still looks
 * whether they would fit: 2 ns. Before, each call fills them in, which takes 1 or 2 µs.
 */

/** Variables of a frame take 8 bytes each. */
const SLOT = 8;
/** Assignments in a row: many in one expression are too many for the parser. */
const CHAIN = 64;
/**
 * For what is done under one LOCK, and for all that is done inside the gate, which takes LOCKs. In bytes. Most of it is
 * for the engine, which compiles a function when it is first called: 24 KiB were too little for that.
 */
const LOCKED = 32 * 1024;
const INSIDE = 64 * 1024;

function frameOf(bytes: number): () => void {
  const names = Array.from({ length: bytes / SLOT }, (_, i) => `v${i}`);
  const uses: string[] = [];
  for (let i = 0; i < names.length; i += CHAIN) uses.push(`${names.slice(i, i + CHAIN).join("=")}=0;`);
  const source = `var ${names.join()}; return; ${uses.join("")}`;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- nobody wants to read, or to write, thousands of names
    return new Function(source) as () => void;
  } catch {
    return () => {}; // a program that may make no code from strings goes without
  }
}

let lockFrame: (() => void) | undefined;
let gateFrame: (() => void) | undefined;

/** Throws RangeError if the stack has not enough left for what is done under one LOCK. */
export function roomForLock(): void {
  lockFrame ??= frameOf(LOCKED); // some milliseconds, for threads that share objects only
  lockFrame();
}
/** Throws RangeError if the stack has not enough left for what is done inside the gate. */
export function roomForGate(): void {
  gateFrame ??= frameOf(INSIDE);
  gateFrame();
}
