/** `wait()`: until one of several things is ready. */
import { signalOf, type Timeout, timeoutMsOf } from "../core/deadline.ts";
import { call, callAsync, type Reply, type Request } from "./calls.ts";
import { Sentinel } from "./sentinel.ts";

/** What `wait()` can wait for: sentinels, connections, queues. */
export type Waitable = Sentinel | object;

/** How a kind of thing is named to the broker; connection.ts and queue.ts add theirs. */
const namers: ((thing: object) => string | undefined)[] = [
  (thing) => (thing instanceof Sentinel ? `Sentinel:${Sentinel.idOf(thing)}` : undefined),
];

/** Lets `wait()` wait for one more kind of thing. */
export function registerWaitable(namer: (thing: object) => string | undefined): void {
  namers.push(namer);
}

function nameOf(thing: object): string {
  for (const namer of namers) {
    const name = namer(thing);
    if (name !== undefined) return name;
  }
  throw new TypeError(`Cannot wait for ${String(thing)}: it must be a sentinel, a Connection or a queue`);
}

function requestFor(things: readonly object[], timeout: Timeout | undefined): Request {
  return {
    object: "",
    method: "wait",
    timeoutMs: timeoutMsOf(timeout) ?? Infinity,
    text: things.map(nameOf).join("\n"),
  };
}

/**
 * Waits until at least one of these is ready, and returns all that are: a process that has ended, a connection
 * with something to receive (or whose other end is closed), a queue with an item. Empty: the timeout passed first.
 *
 * @example
 * ```ts
 * import { Process, wait } from "heddle/multiprocessing";
 * const child = new Process({ target: () => {} });
 * child.start();
 * console.log(wait([child.sentinel]).length); // 1
 * ```
 */
export function wait<T extends Waitable>(things: readonly T[], timeout?: Timeout): T[] {
  return readyOf(things, call(requestFor(things, timeout)));
}

/** {@link wait} without blocking the thread. */
export async function waitAsync<T extends Waitable>(things: readonly T[], timeout?: Timeout): Promise<T[]> {
  return readyOf(things, await callAsync(requestFor(things, timeout), signalOf(timeout)));
}

function readyOf<T>(things: readonly T[], reply: Reply): T[] {
  return reply.status === "" ? reply.numbers.map((index) => things[index] as T) : [];
}
