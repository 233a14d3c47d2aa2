/**
 * The end of the program, in an ordinary Node program: it ends when main's work and
 * every thread that is no daemon have ended; then the daemons stop.
 *
 * Main's work has ended when its event loop is empty, which Node tells by
 * 'beforeExit'. A pending Async wait then keeps it alive until the count of
 * threads is 0.
 */
import { NEVER } from "../core/deadline.ts";
import { HEADER } from "../core/layout.ts";
import { blockAsync } from "../core/park-async.ts";
import { REASON } from "../core/reason.ts";
import { anyNonDaemon, PHASE, retire } from "../core/registry.ts";
import { type Addr, compareExchange, load } from "../core/word.ts";
import { drainInbox } from "./excepthook.ts";

/** Values of HEADER.FINALIZING beside 0: main's 'exit' handlers run; main has called process.exit(), and nobody is waited for. */
export const FINALIZING = { EXITING: 1, CALLED_EXIT: 2 } as const;

/** Keeps the process alive until the threads have ended. Called once, in main. */
export function awaitThreadsAtExit(): void {
  process.on("beforeExit", () => {
    drainInbox();
    endMain();
    if (anyNonDaemon()) void allEnded();
  });
  process.prependListener("exit", () => {
    // before the program's own, in which no thread can be started any more
    compareExchange(HEADER.FINALIZING as Addr, 0, FINALIZING.EXITING);
    drainInbox();
  });
}

/** Main's own work is over: its joiners wake. */
export function endMain(): void {
  retire(load(HEADER.MAIN as Addr) as Addr, PHASE.RUNNING);
}

/** Resolves when no thread is left that keeps the process alive. */
export async function allEnded(): Promise<void> {
  await blockAsync(
    {
      addr: HEADER.ENDINGS as Addr,
      reason: REASON.THREADS,
      want: 0,
      poll: () => (anyNonDaemon() ? undefined : true),
    },
    NEVER,
    undefined,
  );
}
