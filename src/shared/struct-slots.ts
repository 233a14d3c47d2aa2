/** Strings and references of structs: they lie in a shared array, which keeps what they refer to. */
import { addressOf, retain } from "../value/handle.ts";
import type { Addr } from "../core/word.ts";
import { shared } from "./shared.ts";
import type { StructLayout } from "./struct-layout.ts";

/** Makes the array for `count` structs. The caller owns one reference. */
export function newSlots(layout: StructLayout, count: number): Addr {
  const one = emptySlots(layout);
  const all: unknown[] = [];
  for (let i = 0; i < count; i++) all.push(...one);
  const record = addressOf(shared(all)) as Addr;
  retain(record);
  return record;
}

/** What strings and references are at first. */
function emptySlots(layout: StructLayout): unknown[] {
  return layout.fields.flatMap(({ type }) => {
    if (type.kind === "string") return [""];
    if (type.kind === "ref") return [null];
    if (type.kind === "struct") return emptySlots(type.layout);
    if (type.kind !== "array" || typeof type.item === "string") return [];
    const one = emptySlots(type.item);
    return Array.from({ length: type.length }, () => one).flat();
  });
}
