// Other programs on the machine spoil a measurement: each one waits for a calm moment first, but not for ever.
import { cpus } from "node:os";

const LOOK_MS = 100;
/** This share of the processors has to be idle. */
const CALM = 0.85;

/** All the waiting of a run together: then it takes the machine as it is. */
let budgetMs = 8 * 60_000;

interface Times {
  readonly idle: number;
  readonly all: number;
}

let waited = 0;
let calm = 0;

function timesNow(): Times {
  let [idle, all] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.idle + times.user + times.sys + times.nice + times.irq;
  }
  return { idle, all };
}

/** Waits until the processors have little to do, at most so long. */
export async function awaitCalm(atMostMs: number): Promise<void> {
  const startedAt = performance.now();
  const deadline = startedAt + Math.min(atMostMs, Math.max(0, budgetMs));
  waited += 1;
  for (let before = timesNow(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const after = timesNow();
    if ((after.idle - before.idle) / (after.all - before.all) >= CALM) {
      calm += 1;
      break;
    }
    if (performance.now() > deadline) break;
    before = after;
  }
  budgetMs -= performance.now() - startedAt;
}

/** How many measurements began in a calm moment, of how many. */
export function calmness(): string {
  return `${calm} of ${waited} measurements began while at least ${CALM * 100} % of the processors were idle`;
}
