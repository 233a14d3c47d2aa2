/** `struct`: objects with fixed fields over shared memory. */
import { allocate, free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field as at, STRUCT, STRUCT_SIZE, STRUCTTYPE } from "../core/layout.ts";
import { buffer, u8 } from "../core/memory.ts";
import { readText, writeText } from "../core/text.ts";
import { type Addr, load, store } from "../core/word.ts";
import { addressOf, bind, handleAt, registerHandle, release, retain } from "../value/handle.ts";
