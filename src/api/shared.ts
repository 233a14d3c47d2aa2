/** `heddle/shared`: memory that threads share. */
import "./register.ts";

export { sharedArray, type TypedArray, type TypedArrayConstructor } from "../shared/array.ts";
export { AtomicBigInt, AtomicInt } from "../shared/atomic-int.ts";
