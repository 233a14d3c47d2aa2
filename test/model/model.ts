/** What a model test says: its threads, its bounds, and what must hold; and what a search of it tells. */
import type { Step } from "./trace.ts";

/** A small program for the model checker. `S` is what `setup` made, addresses mostly. */
export interface Model<S> {
  readonly name: string;
  /** Runs once, alone, before the threads. */
  setup(): S;
  /** Before each run of a body: puts JavaScript state of the sources under test back to fresh. -1: no thread of the model. */
  enter?(thread: number, state: S): void;
  /** Synchronous bodies over words, each a function of what its operations return. */
  readonly threads: Readonly<Record<string, (state: S) => unknown>>;
  /** One thread is killed, at every step in turn; `recover` runs from then on, as the supervisor would. */
  readonly kill?: {
    readonly victims?: readonly string[];
    recover(state: S, victim: number): void;
  };
  /** Threads that may sleep for ever. */
  readonly mayBlock?: readonly string[];
  /** Throws when the state is wrong; asked after every change of a word and every note. Only reads. */
  invariant?(state: S, notes: readonly string[]): void;
  /** Throws when a thread must not change a word so; asked after every change. Only reads. */
  transition?(state: S, change: Change): void;
  /** Throws when a schedule ended wrongly. What it changes is taken back. */
  finish?(state: S, outcome: Outcome): void;
  /**
   * Words that nobody changes while the threads run (it is checked): looking at them is no step of
   * its own, which makes long walks over tables cheap.
   */
  quiet?(state: S, addr: number): boolean;
  /** The name of a word in printed schedules. */
  label?(state: S, addr: number): string | undefined;
  readonly bounds?: Partial<Bounds>;
}

/** One change of a word by a thread of the model. */
export interface Change {
  readonly addr: number;
  readonly before: number;
  readonly after: number;
  readonly thread: string;
}

/** How far a search goes. */
export interface Bounds {
  /** Switches away from a thread that could have gone on. */
  readonly preemptions: number;
  /** How often the clock may jump where a body reads it, and how far, in milliseconds. */
  readonly timeJumps: number;
  readonly jumpMs: number;
  /** Turns of a spin without any change of the memory before others must go. */
  readonly spins: number;
  /** Operations of one thread before it is said not to end. */
  readonly operations: number;
  /** Whether a state that was met before ends a run (it does, except to check that this is right). */
  readonly merge: boolean;
  /** Runs, before the search gives up (and says so). */
  readonly limit: number;
}

export const BOUNDS: Bounds = {
  preemptions: 2,
  timeJumps: 1,
  jumpMs: 2,
  spins: 3,
  operations: 2000,
  merge: true,
  limit: 20_000_000,
};

/** How a schedule ended. */
export interface Outcome {
  /** What each body returned. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Who was killed. */
  readonly dead: string | undefined;
  readonly blocked: readonly string[];
  readonly notes: readonly string[];
}

/** What went wrong, and the choices that led there. */
export interface Failure {
  readonly reason: string;
  readonly cause: unknown;
  readonly path: readonly number[];
  readonly steps: readonly Step[];
}
export interface Tally {
  /** Runs to the end of every thread. */
  schedules: number;
  /** Runs that met a state where another run had been already. */
  merged: number;
  states: number;
  operations: number;
  /** False when a limit ended the search before the space did. */
  complete: boolean;
  failure: Failure | undefined;
  /** What happened, when one schedule was replayed. */
  readonly steps: readonly Step[];
}
