/** What `heddle/shared` exports, and `heddle` among the rest. */
export { sharedArray, type TypedArray, type TypedArrayConstructor } from "../shared/array.ts";
export { struct, type StructOptions } from "../shared/struct.ts";
export type {
  FieldInit,
  Fields,
  FieldType,
  FieldValue,
  Struct,
  StructArray,
  StructClass,
  StructInit,
} from "../shared/struct-types.ts";
export { AtomicBigInt, AtomicInt } from "../shared/atomic-int.ts";
export { collect } from "../shared/collect.ts";
export { copyOf } from "../shared/copy.ts";
export { type Shared, shared } from "../shared/shared.ts";
export { type HeapStatistics, heapStatistics } from "../shared/statistics.ts";
export { update } from "../shared/update.ts";
