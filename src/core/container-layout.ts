/** The records behind `shared()`, as tables. */
import { layout, offsetsOf, type RecordLayout } from "./table.ts";

const containerFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from messages in flight and from records that are no containers.",
  LOCK: "Mutex word: held by the thread that changes it.",
  VERSION:
    "Changed when STORAGE was, or a place in it has a new meaning: what readers remember of it is void.",
  STORAGE: "Block with its elements (core/vector.ts) or entries (core/dict.ts).",
  LINKS: "References from places of containers and from handles. Reclaimed when REFS and LINKS are both 0.",
  LIVE: "Of a table: entries that are not deleted.",
  FREED:
    "Changed before a block that was read from a place is freed: what readers are reading of it is void.",
} as const;
/** What `shared()` makes: an object, array, Map or Set. */
export const CONTAINER: Readonly<Record<keyof typeof containerFields, number>> = offsetsOf(containerFields);

const vectorFields = {
  CAPACITY: "Places.",
  START: "The place of element 0.",
  END: "The place behind the last element.",
  PAD: "Not used. The places follow, 8 bytes each (core/box.ts).",
} as const;
/** Elements of a shared array. */
export const VECTOR: Readonly<Record<keyof typeof vectorFields, number>> = offsetsOf(vectorFields);

const tableFields = {
  CAPACITY: "Entries that fit.",
  USED: "Entries written, deleted ones included.",
  BUCKETS: "Chains of the index, a power of two; 0: a table this small has none.",
  ORDER: "Number of the next entry: entries are numbered in the order of their insertion.",
} as const;
/** Entries of a shared object, Map or Set: this head, then keys and values, then numbers, hashes and chains. */
export const TABLE: Readonly<Record<keyof typeof tableFields, number>> = offsetsOf(tableFields);

export const CONTAINER_SIZE = 32;
export const VECTOR_SIZE = 16;
export const TABLE_SIZE = 16;

export const CONTAINER_LAYOUTS: readonly RecordLayout[] = [
  layout(
    "container",
    CONTAINER_SIZE,
    "What `shared()` makes: an object, array, Map or Set.",
    containerFields,
  ),
  layout("vector", VECTOR_SIZE, "Elements of a shared array.", vectorFields),
  layout(
    "dict",
    TABLE_SIZE,
    "Entries of a shared object, Map or Set: this head, then keys and values, then numbers, hashes and chains.",
    tableFields,
  ),
];
