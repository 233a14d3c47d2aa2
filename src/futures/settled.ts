/** What a future ended with, as its thread keeps it; and who has to be told when nobody looks at an error. */
export class Settled {
  readonly failed: boolean;
  readonly value: unknown;
  readonly cancelled: boolean;

  constructor(failed: boolean, value: unknown, cancelled = false) {
    this.failed = failed;
    this.value = value;
    this.cancelled = cancelled;
  }

  /** That it was cancelled. */
  static cancelled(): Settled {
    return CANCELLED;
  }
}
const CANCELLED = new Settled(true, undefined, true);

/** Where futures come from: an executor, as the thread that submits to it sees it. The port hears of their ends. */
export interface Source {
  readonly name: string;
  /** One of its futures ended with an error that nobody has looked at yet. */
  failed(settled: Settled): void;
  /** Somebody looks at how one of its futures ended. */
  look(settled: Settled | undefined): void;
}

/** The states of a future, as CPython has them. */
export type FutureState = "pending" | "running" | "cancelled" | "finished";

/** A snapshot of a future. */
export interface FutureStatistics {
  readonly name: string | undefined;
  readonly state: FutureState;
}
