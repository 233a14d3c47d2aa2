/** How every change of a shared object runs: inside the gate, once more after a collection if memory was full. */
import { enter, isInside, leave, named } from "../core/gate.ts";
import { self } from "../core/self.ts";
import { HeapExhaustedError } from "../errors.ts";
import { collectIfDue, giveBack } from "./collect.ts";

/** Runs a change. `made`: how many containers it makes. It may be run twice, so it must leave nothing behind when it throws. */
export function change<R>(made: number, steps: () => R): R {
  let result: R;
  try {
    result = attempt(steps);
  } catch (error) {
    if (!(error instanceof HeapExhaustedError) || isInside() || !giveBack()) throw error;
    result = attempt(steps);
  }
  if (made > 0 && !isInside()) collectIfDue(made);
  return result;
}

function attempt<R>(steps: () => R): R {
  return self.ident === 0 ? named(() => inside(steps)) : inside(steps);
}

function inside<R>(steps: () => R): R {
  enter();
  try {
    return steps();
  } finally {
    leave();
  }
}
