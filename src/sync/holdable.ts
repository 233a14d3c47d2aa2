/** What can be held for a scope: the part that is the same for every lock-like class. */
import type { Timeout } from "../core/deadline.ts";
import { NotOwnerError, TimeoutError } from "../errors.ts";
import { AsyncHeld, Held } from "./held.ts";

/** The base of all that has `acquire` and `release`: scopes over the two. */
export abstract class Holdable {
  /** Its name, if it was given one. */
  abstract get name(): string | undefined;
  /** Takes it, waiting if need be. */
  abstract acquire(): boolean;
  /** Takes it without blocking the thread; false when the timeout passed. */
  abstract acquireAsync(timeout?: Timeout): Promise<boolean>;
  /** Gives it up. */
  abstract release(): void;

  /** Takes it for a scope: `using held = lock.hold()`. */
  hold(): Held {
    this.acquire();
    return new Held(() => this.release());
  }

  /** Takes it for a scope: `await using held = await lock.holdAsync()`. Rejects with TimeoutError when the timeout passes. */
  async holdAsync(timeout?: Timeout): Promise<AsyncHeld> {
    if (!(await this.acquireAsync(timeout))) {
      throw new TimeoutError(`Cannot acquire ${labelOf(this)}: the timeout passed`);
    }
    return new AsyncHeld(() => this.release());
  }

  /** Runs `body` while holding it, and releases it also when the body throws. */
  with<R>(body: () => R): R {
    this.acquire();
    let value: R;
    try {
      value = body();
    } catch (error) {
      this.#releaseAfterError();
      throw error;
    }
    this.release();
    return value;
  }

  /** Runs `body` to its end while holding it. */
  async withAsync<R>(body: () => R | Promise<R>): Promise<R> {
    await this.acquireAsync();
    let value: R;
    try {
      value = await body();
    } catch (error) {
      this.#releaseAfterError();
      throw error;
    }
    this.release();
    return value;
  }

  /** A condition's wait can end without its lock (abandoned): that error is what to tell, not that there is nothing to release. */
  #releaseAfterError(): void {
    try {
      this.release();
    } catch (error) {
      if (!(error instanceof NotOwnerError)) throw error;
    }
  }
}

/** `Lock 'db'`, or the class alone. */
export function labelOf(thing: {
  readonly name: string | undefined;
  readonly constructor: { readonly name: string };
}): string {
  const { name } = thing;
  return name === undefined ? thing.constructor.name : `${thing.constructor.name} '${name}'`;
}
