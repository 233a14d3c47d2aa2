// New, runnable, running, blocked, terminated: a thread's states, watched from another one.
import assert from "node:assert/strict";
import { AtomicInt, Event, Thread } from "heddle";

const spinning = new AtomicInt(1);
const event = new Event({ name: "the signal" });

const t = new Thread({
  name: "worker",
  target: () => {
    while (spinning.load() === 1); // busy: running
    event.wait(); // asleep: blocked
  },
});
const seen: string[] = [t.state];

/** Watches until the thread is in this state; every state on the way is noted. */
function watchUntil(state: Thread["state"]): void {
  const deadline = performance.now() + 10_000;
  while (seen.at(-1) !== state) {
    assert.ok(performance.now() < deadline, `still ${t.state} instead of ${state}`);
    if (t.state !== seen.at(-1)) seen.push(t.state);
  }
}

t.start();
watchUntil("running");
spinning.store(0);
watchUntil("blocked");
console.log(`it waits for ${t.waitingOn}`);
event.set();
t.join();
watchUntil("terminated");

console.log(seen.join(" -> "));
assert.equal(seen[0], "new");
for (const state of ["running", "blocked", "terminated"]) assert.ok(seen.includes(state), state);
