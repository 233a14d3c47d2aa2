// Main and a thread wait for what nobody will ever do.
import { Barrier, Condition, Event, Semaphore, Thread } from "heddle";

const what = process.argv[2];
const thing =
  what === "event"
    ? new Event({ name: "never" })
    : what === "semaphore"
      ? new Semaphore(0, { name: "never" })
      : what === "condition"
        ? new Condition(undefined, { name: "never" })
        : new Barrier(3, { name: "never" });

function waitForIt() {
  if (thing instanceof Semaphore) thing.acquire();
  else if (thing instanceof Condition) thing.with(() => thing.wait());
  else thing.wait();
}

console.log("before");
new Thread({ target: waitForIt, name: "waiter" }).start();
waitForIt();
console.log("never reached");
