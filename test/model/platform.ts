/** The modelled platform: the model's clock, and a spin that the test sets. `hook.ts` puts it in place of the real one. */
import type * as real from "../../src/core/platform.ts";
import { now } from "./word.ts";

export function sharedClock(): number {
  return now();
}

/** Turns that a spin may take. More than one or two add schedules and show nothing new. */
export let spinLimit: number = 0;

export const cores: number = 2;
export const strongOrder: boolean = true;

export function setSpinLimit(turns: number): void {
  spinLimit = turns;
}

({ sharedClock, spinLimit, cores, strongOrder }) satisfies typeof real;
