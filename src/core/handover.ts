/**
 * Handing over: how a carrier comes by its next thread.
 *
 * A starter hands a runnable thread to an IDLE carrier (registry.ts): it makes the
 * carrier BUSY, then puts the thread into its mailbox. A carrier that is BUSY by its
 * own doing takes the oldest runnable thread from the table instead.
 *
 * Invariants
 *   O1  Only a carrier that is BUSY by its own doing takes from the table. One that
 *       did so while it is IDLE would be handed a second thread and run it only when
 *       the first has ended; if the first waits for the second, never.
 *   O2  A carrier that a starter has made BUSY waits for what that starter posts: the
 *       starter believes that its thread is run now.
 *   O3  Before it parks, a carrier that has become IDLE looks at the table once more,
 *       and a starter publishes RUNNABLE before it looks for an IDLE carrier: one of
 *       the two sees the other (R2).
 *   O4  A starter leaves a thread in the table while a carrier is FINISHING, because
 *       that one is about to look there, sooner than a sleeping one could be woken. If
 *       it then leaves other threads behind, it makes an idle carrier look there too,
 *       which does the same. Without one it rings the supervisor. One that what its
 *       thread left behind keeps from looking is not waited for long: supervisor.ts.
 *   O5  A carrier says that it is ASLEEP before it looks at its mailbox for the last
 *       time, and a starter posts before it looks for ASLEEP: one of the two sees the
 *       other, so a carrier that spins is never notified and one that sleeps always is.
 */
import { field, ISOLATE } from "./layout.ts";
import { claimThread, ISOLATE_STATE, LOOK, nextRunnable, ringSupervisor, wakeIdle } from "./registry.ts";
import { type Addr, compareExchange, exchange, load, relax, store, wait } from "./word.ts";

/**
 * The next thread for the carrier of `isolate`, claimed. 0: there was none within
 * `spins` turns, and the carrier is IDLE. Then the next call must be one with
 * `park`: it sleeps until there is a thread. `beforeIdle` runs whenever it has found none, also when it was woken for that.
 */
export function nextThread(isolate: Addr, park: boolean, spins: number, beforeIdle: () => void): Addr {
  const mailbox = field(isolate, ISOLATE.MAILBOX);
  const state = field(isolate, ISOLATE.STATE);
  const asleep = field(isolate, ISOLATE.ASLEEP);
  const stackMb = load(field(isolate, ISOLATE.STACK_MB));
  /** BUSY by our own doing: O1. */
  let ours = !park;
  for (;;) {
    if (ours) {
      const thread = takeRunnable(stackMb);
      if (thread !== 0) return thread;
      beforeIdle();
      compareExchange(state, ISOLATE_STATE.BUSY, ISOLATE_STATE.IDLE);
    }
    ours =
      nextRunnable(stackMb) !== 0 && // O3
      compareExchange(state, ISOLATE_STATE.IDLE, ISOLATE_STATE.BUSY) === ISOLATE_STATE.IDLE;
    if (ours) continue;
    for (let turns = 0; turns < spins && load(mailbox) === 0; turns++) relax();
    if (!park && load(mailbox) === 0) return 0 as Addr;
    store(asleep, 1);
    while (load(mailbox) === 0) wait(mailbox, 0, Infinity); // O2, O5
    store(asleep, 0);
    const handed = exchange(mailbox, 0) as Addr;
    if (handed > LOOK && claimThread(handed)) return handed;
    ours = true; // whoever posted had made us BUSY
  }
}

/** Claims the oldest runnable thread; 0: there is none. */
function takeRunnable(stackMb: number): Addr {
  for (;;) {
    const thread = nextRunnable(stackMb);
    if (thread === 0) return thread;
    if (!claimThread(thread)) continue;
    // Not handed over: who looks at the table sees to what it leaves there in turn, so none of many is forgotten. O4
    if (nextRunnable(stackMb) !== 0 && !wakeIdle(stackMb)) ringSupervisor();
    return thread;
  }
}
