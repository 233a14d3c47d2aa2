// A thread does nothing until start(), can be started once, and join() waits for its end.
import assert from "node:assert/strict";
import { AlreadyStartedError, sleep, Thread } from "heddle";

function doSomething(): string {
  console.log("sleeping a little");
  sleep(100);
  console.log("done sleeping");
  return "slept";
}

const thread1 = new Thread({
  group: null,
  name: "any_name",
  target: doSomething,
  args: [],
  daemon: null,
});
assert.equal(thread1.state, "new");

thread1.start();
assert.throws(() => thread1.start(), AlreadyStartedError); // RuntimeError in Python
assert.equal(thread1.isAlive(), true);

thread1.join(); // blocks the calling program until the thread has ended
assert.equal(thread1.state, "terminated");
assert.equal(thread1.result(), "slept");
console.log(`${thread1.name} has ended`);
