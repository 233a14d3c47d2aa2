/** What `hold()` returns: a lock held until the end of a scope. */

/** A held lock, for `using`: released at the end of the scope, also when the scope throws. */
export class Held implements Disposable {
  #release: (() => void) | undefined;

  constructor(release: () => void) {
    this.#release = release;
  }

  /** Releases once; a second call does nothing. */
  [Symbol.dispose](): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}

/** A held lock, for `await using`. */
export class AsyncHeld implements AsyncDisposable {
  #release: (() => void) | undefined;

  constructor(release: () => void) {
    this.#release = release;
  }

  /** Releases once; a second call does nothing. */
  [Symbol.asyncDispose](): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    release?.();
    return Promise.resolve();
  }
}
