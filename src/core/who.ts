/** Threads in words, for errors, dumps and text forms. */
import { field, THREAD } from "./layout.ts";
import { threadByIdent } from "./registry.ts";
import { readText } from "./text.ts";
import { type Addr, load } from "./word.ts";

/** A thread's name by its ident; a thread that has ended is named by its ident. */
export function threadText(ident: number): string {
  const thread = threadByIdent(ident);
  return thread === 0 ? `the ended thread #${ident}` : threadName(thread);
}

export function threadName(thread: Addr): string {
  return readText(load(field(thread, THREAD.NAME)) as Addr);
}
