// What the suites ask of a lock-like class: the forms of acquire, and one factory to make it with.
import type { Timeout } from "../../../src/api/index.ts";

/** The face that Lock, RLock, Semaphore and Condition share. */
export interface LockLike {
  acquire(
    blocking?: boolean | Timeout | { blocking?: boolean; timeoutMs?: number | undefined },
    timeoutMs?: number,
  ): boolean;
  tryAcquire(): boolean;
  acquireAsync(timeout?: Timeout): Promise<boolean>;
  release(): void;
  locked(): boolean;
  hold(): Disposable;
  holdAsync(timeout?: Timeout): Promise<AsyncDisposable>;
  with<R>(body: () => R): R;
  withAsync<R>(body: () => R | Promise<R>): Promise<R>;
  statistics(): { readonly name: string | undefined; readonly waiting: number };
  readonly name: string | undefined;
  toString(): string;
}

/** A lock-like class under test. */
export interface LockFactory {
  /** Its class, for the titles. */
  readonly kind: string;
  make(options?: { name?: string }): LockLike;
  /** Only the thread that acquired it may release it. */
  readonly owned: boolean;
  /** The holder may acquire it again. */
  readonly reentrant: boolean;
}
