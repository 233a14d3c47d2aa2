/**
 * Every public error class: one per condition that a caller can handle.
 *
 * All extend {@link HeddleError} and carry a stable `code`. The text is
 * `Cannot <verb> <object>: <reason>`, with the values.
 */

/** The root of all of heddle's errors. `code` is stable across releases. */
export class HeddleError extends Error {
  /** A stable identifier, `ERR_HEDDLE_…`, to test for instead of the text. */
  readonly code: string = "ERR_HEDDLE";
  static {
    this.prototype.name = "HeddleError";
  }
}

/** A lock was released, or a condition used, by a thread that does not hold it. */
export class NotOwnerError extends HeddleError {
  override readonly code = "ERR_HEDDLE_NOT_OWNER";
  static {
    this.prototype.name = "NotOwnerError";
  }
}

/** `start()` was called a second time, or a setting changed that start() has fixed. */
export class AlreadyStartedError extends HeddleError {
  override readonly code = "ERR_HEDDLE_ALREADY_STARTED";
  static {
    this.prototype.name = "AlreadyStartedError";
  }
}

/** A thread was joined, or asked for its result, before it was started. */
export class NotStartedError extends HeddleError {
  override readonly code = "ERR_HEDDLE_NOT_STARTED";
  static {
    this.prototype.name = "NotStartedError";
  }
}

/** A thread tried to wait for its own end. */
export class SelfJoinError extends HeddleError {
  override readonly code = "ERR_HEDDLE_SELF_JOIN";
  static {
    this.prototype.name = "SelfJoinError";
  }
}

/** A bounded semaphore was released more often than it was acquired. */
export class OverReleaseError extends HeddleError {
  override readonly code = "ERR_HEDDLE_OVER_RELEASE";
  static {
    this.prototype.name = "OverReleaseError";
  }
}

/** A barrier is broken: one of those who were to pass did not come, was interrupted, or died. */
export class BrokenBarrierError extends HeddleError {
  override readonly code = "ERR_HEDDLE_BROKEN_BARRIER";
  static {
    this.prototype.name = "BrokenBarrierError";
  }
}

/** A deadline passed. */
export class TimeoutError extends HeddleError {
  override readonly code = "ERR_HEDDLE_TIMEOUT";
  static {
    this.prototype.name = "TimeoutError";
  }
}

/** An object was asked for something that its present state does not allow. */
export class InvalidStateError extends HeddleError {
  override readonly code = "ERR_HEDDLE_INVALID_STATE";
  static {
    this.prototype.name = "InvalidStateError";
  }
}

/** A future was cancelled before its task began, so it has no result. */
export class CancelledError extends HeddleError {
  override readonly code = "ERR_HEDDLE_CANCELLED";
  static {
    this.prototype.name = "CancelledError";
  }
}

/** An executor can run nothing more: its initializer failed, or a process of it died. */
export class BrokenExecutorError extends HeddleError {
  override readonly code = "ERR_HEDDLE_BROKEN_EXECUTOR";
  static {
    this.prototype.name = "BrokenExecutorError";
  }
}

/** A blocking call would have waited for ever, for a thread that waits for the caller. */
export class DeadlockError extends HeddleError {
  override readonly code = "ERR_HEDDLE_DEADLOCK";
  static {
    this.prototype.name = "DeadlockError";
  }
}

/** A lock's holder died. The lock stays abandoned until some thread calls `recover()`. */
export class AbandonedLockError extends HeddleError {
  override readonly code = "ERR_HEDDLE_ABANDONED_LOCK";
  static {
    this.prototype.name = "AbandonedLockError";
  }
}

/** A blocking call was ended by `interrupt()`, or by Ctrl-C under `heddle run`. */
export class InterruptedError extends HeddleError {
  override readonly code = "ERR_HEDDLE_INTERRUPTED";
  static {
    this.prototype.name = "InterruptedError";
  }
}

/** A thread was ended from outside: by `terminate()`, or because it ran out of memory. */
export class ThreadTerminatedError extends HeddleError {
  override readonly code = "ERR_HEDDLE_THREAD_TERMINATED";
  static {
    this.prototype.name = "ThreadTerminatedError";
  }
}

/** A process could not be started, or one that was needed has ended. */
export class ProcessError extends HeddleError {
  override readonly code = "ERR_HEDDLE_PROCESS";
  static {
    this.prototype.name = "ProcessError";
  }
}

/** A function or a value cannot travel to another thread. The text names the path to it and the fix. */
export class CaptureError extends HeddleError {
  override readonly code: string = "ERR_HEDDLE_CAPTURE";
  static {
    this.prototype.name = "CaptureError";
  }
}

/** A value cannot be kept in shared memory. */
export class NotShareableError extends HeddleError {
  override readonly code = "ERR_HEDDLE_NOT_SHAREABLE";
  static {
    this.prototype.name = "NotShareableError";
  }
}

/** The calling thread may not block (a browser's main thread): use the Async form. */
export class BlockingNotAllowedError extends HeddleError {
  override readonly code = "ERR_HEDDLE_BLOCKING_NOT_ALLOWED";
  static {
    this.prototype.name = "BlockingNotAllowedError";
  }
}

/** Shared memory is full, or one of heddle's fixed tables is. The text has the sizes. */
export class HeapExhaustedError extends HeddleError {
  override readonly code = "ERR_HEDDLE_HEAP_EXHAUSTED";
  static {
    this.prototype.name = "HeapExhaustedError";
  }
}

/** A queue had no item, and the call was not to wait, or not any longer. */
export class Empty extends HeddleError {
  override readonly code = "ERR_HEDDLE_EMPTY";
  static {
    this.prototype.name = "Empty";
  }
}

/** A queue had no room, and the call was not to wait, or not any longer. */
export class Full extends HeddleError {
  override readonly code = "ERR_HEDDLE_FULL";
  static {
    this.prototype.name = "Full";
  }
}

/** A queue was shut down: nothing can be put into it, and what it had is gone. */
export class ShutDown extends HeddleError {
  override readonly code = "ERR_HEDDLE_SHUT_DOWN";
  static {
    this.prototype.name = "ShutDown";
  }
}

/** A thread died with items of a queue that it had not marked as done: `join()` would wait for ever. */
export class AbandonedTaskError extends HeddleError {
  override readonly code = "ERR_HEDDLE_ABANDONED_TASK";
  static {
    this.prototype.name = "AbandonedTaskError";
  }
}

/** A record in shared memory breaks one of its invariants: a bug in heddle, never retried. */
export class InternalError extends HeddleError {
  override readonly code = "ERR_HEDDLE_INTERNAL";
  static {
    this.prototype.name = "InternalError";
  }
}

/** Nothing is left to receive, and nobody has the other end of the pipe any more. */
export class EOFError extends HeddleError {
  override readonly code = "ERR_HEDDLE_EOF";
  static {
    this.prototype.name = "EOFError";
  }
}
