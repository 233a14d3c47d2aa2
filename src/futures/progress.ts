/** How far a number of calls has come. */
export interface Progress {
  /** Calls that have ended, failed ones included. */
  readonly done: number;
  /** All calls; undefined while their number is not known. */
  readonly total: number | undefined;
  /** Calls that ended by an error or were cancelled. */
  readonly failed: number;
}

/** What `onProgress` options take. */
export type OnProgress = (progress: Progress) => void;

/** Checks an `onProgress` option. */
export function checkOnProgress(action: string, value: unknown): OnProgress | undefined {
  if (value === undefined || typeof value === "function") return value as OnProgress | undefined;
  throw new TypeError(`Cannot ${action}: onProgress must be a function, got ${typeof value}`);
}
