/**
 * The Async twin of parking: the same line, the same {@link Wait}, but the
 * waiter is a promise and its isolate's event loop does the looking.
 *
 * Each isolate has one ASYNC word. Whoever wakes one of its Async waiters rings
 * that word; a single `waitAsync` on it, armed while calls are pending, lets the
 * event loop look at those that were woken. A pending `waitAsync` does not keep
 * the process alive, so a timer does, as a pending timer would.
 */
import type { Deadline } from "./deadline.ts";
import { remaining } from "./deadline.ts";
import { field, ISOLATE, isolateAt, WAITER } from "./layout.ts";
import { claimAsync, enter, freeAsync, leave, stateOf, WAITING } from "./line.ts";
import { hooks, look, TIMED_OUT, type Wait } from "./park.ts";
import { self } from "./self.ts";
import { type Addr, load, waitAsync } from "./word.ts";

interface Pending {
  readonly waiter: Addr;
  readonly look: (expired: boolean) => boolean;
  readonly fail: (reason: unknown) => void;
  readonly drop: () => void;
  readonly uninterruptible: boolean;
}

const pending = new Set<Pending>();
let armed = false;
let keepAlive: ReturnType<typeof setInterval> | undefined;
/** The longest delay that timers take, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Waits without blocking. Rejects with `signal.reason` when the signal aborts; then it holds nothing. */
export function blockAsync<R>(
  wait: Wait<R>,
  deadline: Deadline,
  signal: AbortSignal | undefined,
): Promise<R | typeof TIMED_OUT> {
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  const w = claimAsync();
  const waiting = enter(w, wait.addr, wait.reason, wait.want);
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (settled: boolean): void => {
      if (!settled) wait.giveUp?.();
      const granted = leave(w);
      freeAsync(w);
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      forget(entry);
      if (settled) wait.left?.();
      else wait.cancelled?.(granted);
    };
    const fail = (reason: unknown): void => {
      end(false);
      reject(reason);
    };
    const aborted = (): void => fail(signal?.reason);
    const entry: Pending = {
      waiter: w,
      fail,
      drop: () => end(false),
      uninterruptible: wait.uninterruptible === true,
      look: (expired) => {
        try {
          const outcome = look(wait, w, waiting, expired);
          if (outcome === undefined) return false;
          end(outcome !== TIMED_OUT);
          resolve(outcome);
        } catch (error) {
          fail(error);
        }
        return true;
      },
    };
    remember(entry);
    try {
      if (wait.uninterruptible !== true) hooks.beforeSleep(false);
      wait.entered?.();
    } catch (error) {
      fail(error);
      return;
    }
    if (entry.look(remaining(deadline) <= 0)) return;
    signal?.addEventListener("abort", aborted, { once: true });
    const tick = (): void => {
      const left = remaining(deadline);
      if (left <= 0) entry.look(true);
      else if (left !== Infinity) timer = setTimeout(tick, Math.min(left + 1, LONGEST_DELAY));
    };
    tick();
  });
}

/**
 * Runs `onRing` in this isolate's event loop whenever its ASYNC word is rung. Does
 * not keep the process alive.
 */
export function listen(onRing: () => unknown): void {
  listeners.add(onRing);
  if (!armed) arm();
}
const listeners = new Set<() => unknown>();

/** Rejects the oldest pending Async call of this isolate with what `reason` makes. False: there is none. */
export function failOldest(reason: () => unknown): boolean {
  for (const entry of pending) {
    if (entry.uninterruptible) continue;
    entry.fail(reason());
    return true;
  }
  return false;
}

/** Takes every pending Async call of this isolate out of its line; their promises stay pending. */
export function forsake(): void {
  for (const entry of [...pending]) entry.drop();
}

function remember(entry: Pending): void {
  pending.add(entry);
  keepAlive ??= setInterval(() => {}, LONGEST_DELAY);
  if (!armed) arm();
}

function forget(entry: Pending): void {
  pending.delete(entry);
  if (pending.size > 0) return;
  clearInterval(keepAlive);
  keepAlive = undefined;
}

/** Listens to the isolate's ASYNC word until no call is pending. */
function arm(): void {
  armed = true;
  const doorbell = field(isolateAt(self.isolate), ISOLATE.ASYNC);
  const seen = load(doorbell);
  for (const entry of [...pending]) {
    // A ring before `seen` was read is not waited for below: look at what it meant.
    if (stateOf(load(field(entry.waiter, WAITER.STATE))) !== WAITING) entry.look(false);
  }
  const rung = waitAsync(doorbell, seen) ?? Promise.resolve();
  void rung.then(() => {
    armed = false;
    if (pending.size > 0 || listeners.size > 0) arm(); // before the listeners: one of them may throw
    for (const onRing of listeners) onRing();
  });
}
