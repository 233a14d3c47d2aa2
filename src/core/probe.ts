/**
 * Trace points: one call each, nothing until a recorder attaches.
 *
 * A probe is a property that is undefined until somebody listens, so a trace
 * point costs one load and one test.
 */
export interface Recorder {
  /** The calling thread is about to sleep, and why. */
  park?(reason: number): void;
  /** The calling thread has woken. */
  unpark?(reason: number): void;
}

export const probe: { recorder: Recorder | undefined } = { recorder: undefined };

/** Attaches a recorder for the calling isolate; returns the function that detaches it. */
export function attach(recorder: Recorder): () => void {
  probe.recorder = recorder;
  return () => {
    if (probe.recorder === recorder) probe.recorder = undefined;
  };
}
