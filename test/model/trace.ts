/** The steps of one schedule, written down while it is replayed. */
import { OP, OP_NAMES, WAIT_RESULTS } from "./ops.ts";

/** One line of a printed schedule. */
export interface Step {
  readonly thread: string;
  readonly what: string;
  readonly result: string;
}

/** What an operation says when its thread went to sleep in it. */
const SLEEPS = "sleeps";
/** The middle of a longer schedule (a thread that does not end) is left out. */
const MOST_LINES = 200;

/** One operation in words; `result` is undefined when its thread went to sleep. */
export function operationText(
  kind: number,
  where: string,
  x: number,
  y: number,
  result: number | undefined,
): Omit<Step, "thread"> {
  const name = OP_NAMES[kind]!;
  const got = result === undefined ? SLEEPS : kind === OP.WAIT ? WAIT_RESULTS[result]! : String(result);
  if (kind === OP.NOW || kind === OP.RELAX) return { what: `${name}()`, result: got };
  const pair = kind === OP.COMPARE_EXCHANGE || kind === OP.WAIT;
  const rest = kind === OP.LOAD ? [] : pair ? [x, y] : [x];
  return { what: `${name}(${[where, ...rest].join(", ")})`, result: got };
}

/** The steps, one a line. */
export function table(steps: readonly Step[]): string {
  const head = steps.slice(0, steps.length <= MOST_LINES ? MOST_LINES : MOST_LINES / 2);
  const tail = steps.length <= MOST_LINES ? [] : steps.slice(-MOST_LINES / 4);
  const left = steps.length - head.length - tail.length;
  const width = Math.max(0, ...steps.map((step) => step.thread.length));
  const line = ({ thread, what, result }: Step): string =>
    `  ${thread.padEnd(width)}  ${what}${result === "" ? "" : `  -> ${result}`}`;
  return [...head.map(line), ...(left > 0 ? [`  … ${left} steps`] : []), ...tail.map(line)].join("\n");
}
