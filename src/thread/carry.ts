/**
 * A carrier's life: park until a thread is handed over, run it, park again.
 *
 * It parks in a blocking wait on its mailbox, because nothing of it is needed
 * then. Between two bodies its event loop turns once, for about 1 µs: finalizers
 * run, and what a body left behind, such as a rejection that nobody handles, is
 * seen while it is known whose it is.
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { field, ISOLATE, isolateAt } from "../core/layout.ts";
import { spinLimit } from "../core/platform.ts";
import { listen } from "../core/park-async.ts";
import { nextThread } from "../core/handover.ts";
import { ISOLATE_STATE } from "../core/registry.ts";
import { adopt } from "../core/self.ts";
import { type Addr, store } from "../core/word.ts";
import { installOutput } from "./output.ts";
import { installExit, leave } from "./exit.ts";
import { serveRing } from "./interrupt.ts";
import { answerGarbage } from "../value/garbage.ts";
import { importUrl } from "../value/import-url.ts";
import { type Inheritance, lifeline } from "./inherit.ts";
import { type Become, installFatal, partWith, runThread } from "./body.ts";
import { Thread } from "./thread.ts";
import { connectVault } from "./vault.ts";

/** How long an idle carrier spins for the next thread before it sleeps, in turns. */
const IDLE_SPIN = spinLimit * 6;

export async function carry(inheritance: Inheritance): Promise<never> {
  const index = inheritance.isolate;
  const isolate = isolateAt(index);
  adopt(0, 0 as Addr, index);
  process.argv = [...inheritance.argv];
  installOutput();
  connectVault(lifeline ?? (parentPort as MessagePort));
  installExit();
  installFatal();
  listen(serveRing);
  if (inheritance.prelude !== undefined) await importUrl(inheritance.prelude);
  store(field(isolate, ISOLATE.STATE), ISOLATE_STATE.BUSY);
  for (;;) {
    let thread = nextThread(isolate, false, IDLE_SPIN, answerGarbage);
    if (thread === 0) {
      await turn();
      thread = nextThread(isolate, true, IDLE_SPIN, answerGarbage);
    }
    const reusable = await runThread(thread, index, become);
    await turn();
    partWith(thread);
    adopt(0, 0 as Addr, index);
    if (!reusable) leave();
    store(field(isolate, ISOLATE.STATE), ISOLATE_STATE.BUSY);
  }
}

const become: Become = (thread, job) => Thread.become(thread as Thread, job);

/** One full turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
