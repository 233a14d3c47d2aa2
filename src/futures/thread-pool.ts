/** `ThreadPool`: Python's `multiprocessing.pool.ThreadPool`. */
import { cores } from "../core/platform.ts";
import { ThreadPoolExecutor } from "./thread-pool-executor.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Options of a {@link ThreadPool}. */
export interface ThreadPoolOptions {
  /** Called in each worker before its first task. */
  initializer?: ((...args: never[]) => unknown) | null | undefined;
  /** Arguments of the initializer. */
  initargs?: readonly unknown[] | undefined;
}

/**
 * A pool of threads with the methods of Python's `multiprocessing.Pool`.
 *
 * @example
 * ```ts
 * import { ThreadPool } from "heddle";
 * using pool = new ThreadPool(2);
 * console.log(pool.map((n: number) => n * n, [1, 2, 3])); // [ 1, 4, 9 ]
 * ```
 */
export class ThreadPool extends WorkerPool {
  /** `threads`: the most threads at once; default: the number of cores. */
  constructor(threads: number = cores, options: ThreadPoolOptions = {}) {
    super(new ThreadPoolExecutor({ maxWorkers: threads, ...options }), threads);
  }
}
