/** A worker of a process pool: asks for tasks, does them, says what came of them. */
import { type Addr, now } from "../core/word.ts";
import { bytesOf, discard, modulesOf, prepare, take } from "../value/message.ts";
import { receive, storePortable } from "../value/portable.ts";
import { type Parcel, unwrap, wrap } from "./batch.ts";
import { call, post } from "./calls.ts";
import { turn } from "./platform.ts";

/** What is asked of a worker: a call. */
export interface PoolTask {
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
}

/** Results are sent at least so often, in milliseconds; a worker takes about as much at once. */
const BATCH_MS = 1;
/** The event loop turns at least so often, in milliseconds, if there is work: what has become garbage is let go of then. */
const TURN_MS = 20;
/** Results are sent when they have grown to so many bytes. */
const BATCH_BYTES = 1 << 20;

/** Works until the pool says that it is over. */
export async function serveTasks(
  pool: string,
  initializer: ((...args: unknown[]) => unknown) | undefined,
  initargs: readonly unknown[],
): Promise<void> {
  await initializer?.(...initargs);
  let results: Parcel[] = [];
  let pace = 1;
  let turned = now();
  for (;;) {
    if (now() - turned > TURN_MS) {
      await turn();
      turned = now();
    }
    const { status, raw } = call({ object: pool, method: "serve", numbers: [pace], raw: wrap(results) });
    results = [];
    if (status !== "") return;
    const tasks = unwrap(raw);
    const began = now();
    let sent = began;
    let bytes = 0;
    for (const [done, task] of tasks.entries()) {
      const result = await run(task);
      results.push(result);
      bytes += result.bytes.length;
      if (done + 1 < tasks.length && (now() - sent > BATCH_MS || bytes > BATCH_BYTES)) {
        post({ object: pool, method: "results", raw: wrap(results) });
        results = [];
        sent = now();
        bytes = 0;
      }
    }
    const took = (now() - began) / tasks.length;
    pace = Math.min(pace * 4, BATCH_MS / Math.max(took, 0.001));
  }
}

async function run({ number, bytes }: Parcel): Promise<Parcel> {
  let failed = false;
  let message: Addr;
  try {
    const given = receive(bytes);
    if (modulesOf(given).length > 0) await prepare(given);
    const { fn, args } = take(given) as PoolTask;
    const value = fn(...args);
    const result = value instanceof Promise ? ((await value) as unknown) : value;
    message = storePortable(result, "result").message;
  } catch (error) {
    failed = true;
    message = storePortable(error, "error", true).message;
  }
  const copy = bytesOf(message).slice();
  discard(message);
  return { number, failed, bytes: copy };
}
