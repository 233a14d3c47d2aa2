/**
 * Explores a model and says what was found: counts when everything holds, the schedule when not.
 *
 * `HEDDLE_MODEL_REPLAY='NAME@SCHEDULE'` in the environment runs that one schedule of the model NAME
 * and prints every step. `HEDDLE_MODEL_PREEMPTIONS=2` allows at least two preemptions where a model's own bound,
 * which keeps the suite short, is one.
 */
import "./reserve.ts";
import { i32 } from "../../src/core/memory.ts";
import { Machine } from "./machine.ts";
import { BOUNDS, type Bounds, type Model, type Tally } from "./model.ts";
import { port } from "./ops.ts";
import { Search } from "./search.ts";
import { table } from "./trace.ts";

/** What an exploration found. */
export interface Report extends Tally {
  readonly name: string;
  readonly preemptions: number;
  readonly ms: number;
  /** The failing schedule, for replay; undefined: none. */
  readonly schedule: string | undefined;
  /** The failing schedule's steps, one a line. */
  readonly text: string | undefined;
}

/** The machine of this process. Its words are those of `core/memory`. */
const machine = new Machine(i32);
let search: { note(text: string): void } | undefined;

/** Outside a search an operation works at once: setting up, and looking. */
port.current = {
  op: (kind, addr, x, y) => {
    const result = machine.perform(undefined, kind, addr, x, y);
    return typeof result === "number" ? result : 0;
  },
};

/** Writes down, within a body, that something happened: visible to `invariant` and `finish`, in order. */
export function note(text: string): void {
  search?.note(text);
}

/** Explores every schedule of a model within its bounds. */
export function inspect<S>(model: Model<S>): Report {
  const bounds = deepened({ ...BOUNDS, ...model.bounds });
  model.enter?.(-1, undefined as S);
  const state = model.setup();
  const asked = requested(model.name);
  const started = performance.now();
  if (asked !== undefined) return replayed(model, state, bounds, asked, started);
  const tally = start(model, state, bounds);
  const found = tally.failure === undefined ? undefined : simplest(model, state, bounds, tally);
  return {
    ...tally,
    name: model.name,
    preemptions: bounds.preemptions,
    ms: performance.now() - started,
    failure: found?.failure,
    schedule: found?.schedule,
    text: found?.text,
  };
}

/** The bounds, with more preemptions where they are asked for; a model that allows none is about something else. */
function deepened(bounds: Bounds): Bounds {
  const asked = Number(process.env["HEDDLE_MODEL_PREEMPTIONS"] ?? 0);
  return bounds.preemptions === 0 ? bounds : { ...bounds, preemptions: Math.max(bounds.preemptions, asked) };
}

function start<S>(model: Model<S>, state: S, bounds: Bounds, path?: readonly number[]): Tally {
  const next = new Search(machine, model, state, bounds, path);
  search = next;
  try {
    return next.run();
  } finally {
    search = undefined;
  }
}

/** The failure with the fewest preemptions, with its steps. */
function simplest<S>(
  model: Model<S>,
  state: S,
  bounds: Bounds,
  tally: Tally,
): Pick<Report, "failure" | "schedule" | "text"> {
  let preemptions = bounds.preemptions;
  let { failure } = tally;
  for (let fewer = 0; fewer < bounds.preemptions; fewer += 1) {
    const again = start(model, state, { ...bounds, preemptions: fewer }).failure;
    if (again === undefined) continue;
    failure = again;
    preemptions = fewer;
    break;
  }
  const path = failure!.path;
  const traced = start(model, state, { ...bounds, preemptions }, path).failure;
  const schedule = encode(preemptions, path);
  const reason = traced?.reason ?? `${failure!.reason} (it did not fail again when it was replayed)`;
  return { failure: traced ?? failure, schedule, text: `${reason}\n${table(traced?.steps ?? [])}` };
}

function replayed<S>(model: Model<S>, state: S, bounds: Bounds, asked: string, started: number): Report {
  const [preemptions, path] = decode(asked);
  const tally = start(model, state, { ...bounds, preemptions }, path);
  const text = `${tally.failure?.reason ?? "nothing failed"}\n${table(tally.steps)}`;
  return { ...tally, name: model.name, preemptions, ms: performance.now() - started, schedule: asked, text };
}

function requested(name: string): string | undefined {
  const asked = process.env["HEDDLE_MODEL_REPLAY"];
  const at = asked?.lastIndexOf("@") ?? -1;
  return asked !== undefined && asked.slice(0, at) === name ? asked.slice(at + 1) : undefined;
}

/** `2/0x14.1.0x3`: two preemptions allowed; fourteen times the first option, then the second, … */
export function encode(preemptions: number, path: readonly number[]): string {
  const runs: [choice: number, times: number][] = [];
  for (const choice of path) {
    const last = runs.at(-1);
    if (last?.[0] === choice) last[1] += 1;
    else runs.push([choice, 1]);
  }
  return `${preemptions}/${runs.map(([choice, times]) => (times === 1 ? `${choice}` : `${choice}x${times}`)).join(".")}`;
}

export function decode(schedule: string): [preemptions: number, path: number[]] {
  const [preemptions, path] = schedule.split("/");
  const choices = (path ?? "").split(".").flatMap((run) => {
    const [choice, times] = run.split("x");
    return run === "" ? [] : Array.from({ length: Number(times ?? 1) }, () => Number(choice));
  });
  return [Number(preemptions), choices];
}
