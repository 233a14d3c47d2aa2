/** `serializeIterator`, `synchronizedIterator`, `concurrentTee`: iterating over one thing from many threads. */
import { registerExports } from "../value/known.ts";
import type { Source } from "./iterator-server.ts";
import { IteratorService } from "./iterator-service.ts";
import { openCopy, type SerializedIterator } from "./serialized-iterator.ts";

/** What can be iterated over in another thread: a function that makes something iterable, or what can be copied. */
export type IteratorSource<T, R = unknown, N = unknown> =
  | (() => Iterator<T, R, N> | Iterable<T, R, N>)
  | Iterable<T, R, N>;

/**
 * Makes an iterator that any number of threads may use: each item goes to exactly one of them, and all see the end.
 *
 * `source` is a generator function, called without arguments, or another function that makes something iterable; or
 * an iterable that can be copied (an array, a Set, a Map, a queue of heddle's). It is iterated over in a daemon thread
 * of its own, which starts with the first `next()`; a generator that runs already cannot go there.
 *
 * @throws CaptureError when `source` cannot travel; TypeError when it is neither.
 *
 * @example
 * ```ts
 * import { serializeIterator, spawn } from "heddle";
 * const numbers = serializeIterator(function* () { for (let n = 1; n <= 1000; n++) yield n; });
 * const sum = () => { let total = 0; for (const n of numbers) total += n; return total; };
 * const [a, b] = [spawn(sum), spawn(sum)];
 * console.log(a.result() + b.result()); // 500500
 * ```
 */
export function serializeIterator<T, R = unknown, N = unknown>(
  source: IteratorSource<T, R, N>,
): SerializedIterator<T, R, N> {
  return openCopy(serviceOf(source, "serialize iterator"), 0, 1) as SerializedIterator<T, R, N>;
}

/**
 * Makes a function like `fn`, with its name, each call of which gives a serialized iterator over what `fn` makes for
 * these arguments (see {@link serializeIterator}). The arguments are copied.
 *
 * @throws TypeError when `fn` is no function.
 *
 * @example
 * ```ts
 * import { spawn, synchronizedIterator } from "heddle";
 * const countdown = synchronizedIterator(function* countdown(from: number) { while (from > 0) yield from--; });
 * const numbers = countdown(3);
 * console.log(spawn(() => numbers.next().value).result(), [...numbers]); // 3 [ 2, 1 ]
 * ```
 */
export function synchronizedIterator<A extends unknown[], T, R = unknown, N = unknown>(
  fn: (...args: A) => Iterator<T, R, N> | Iterable<T, R, N>,
): (...args: A) => SerializedIterator<T, R, N> {
  if (typeof fn !== "function")
    throw new TypeError(`Cannot synchronize iterator: fn must be a function, got ${typeof fn}`);
  const made = (...args: A): SerializedIterator<T, R, N> =>
    callSynchronized(fn as (...args: never[]) => unknown, args) as SerializedIterator<T, R, N>;
  return Object.defineProperty(made, "name", { value: fn.name, configurable: true });
}

/** One call of a synchronized function. Each isolate has it under this name, so that such functions can travel. */
function callSynchronized(
  make: (...args: never[]) => unknown,
  args: readonly unknown[],
): SerializedIterator<unknown> {
  const service = IteratorService.create(make.name, { make: make as (...args: unknown[]) => unknown, args });
  return openCopy(service, 0, 1);
}
registerExports("heddle:iterators", { callSynchronized });

/**
 * Makes `n` independent iterators over the same items: each gives all of them, whatever the others do. Items that
 * some have had and others have not are kept. Each may be used by any thread; `source` as in
 * {@link serializeIterator}.
 *
 * @throws RangeError or TypeError for an `n` that is no number of copies; CaptureError when `source` cannot travel.
 *
 * @example
 * ```ts
 * import { concurrentTee, spawn } from "heddle";
 * const [first, second] = concurrentTee(function* () { yield "a"; yield "b"; }) as [Iterable<string>, Iterable<string>];
 * console.log(spawn(() => [...first].join()).result(), [...second].join()); // a,b a,b
 * ```
 */
export function concurrentTee<T, R = unknown>(
  source: IteratorSource<T, R>,
  n = 2,
): SerializedIterator<T, R>[] {
  if (typeof n !== "number")
    throw new TypeError(`Cannot copy iterator: n must be a number of copies, got ${typeof n}`);
  if (!Number.isInteger(n) || n < 0)
    throw new RangeError(`Cannot copy iterator: n must be a whole number from 0, got ${n}`);
  const service = serviceOf(source, "copy iterator");
  return Array.from({ length: n }, (_, copy) => openCopy(service, copy, n) as SerializedIterator<T, R>);
}

function serviceOf(source: unknown, action: string): IteratorService {
  if (typeof source === "function")
    return IteratorService.create(source.name, { make: source as NonNullable<Source["make"]> });
  if (typeof (source as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== "function") {
    const got = source === null ? "null" : typeof source;
    throw new TypeError(
      `Cannot ${action}: source must be a function that makes an iterable, or an iterable, got ${got}`,
    );
  }
  return IteratorService.create((source as object).constructor?.name ?? "", { over: source });
}
