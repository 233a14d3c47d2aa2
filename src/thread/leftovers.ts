/** What a thread leaves behind at its end. */
import { field, THREAD } from "../core/layout.ts";
import { type Addr, exchange } from "../core/word.ts";
import { release } from "../value/handle.ts";
import { discard } from "../value/message.ts";

/** Frees the job that was never taken, and gives the thread table's reference back. Once, at the thread's end. */
export function discardLeftovers(thread: Addr): void {
  const job = exchange(field(thread, THREAD.JOB), 0) as Addr;
  if (job !== 0) discard(job);
  release(thread);
}
