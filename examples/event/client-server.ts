// One thread signals, others wait for it.
import assert from "node:assert/strict";
import { AtomicInt, Event, Thread } from "heddle";

const event = new Event({ name: "server is up" });
const served = new AtomicInt(0);

function client(id: number): void {
  event.wait(); // blocks while the flag is false
  served.increment();
  console.log(`client ${id} saw the event`);
}

function server(): void {
  console.log("server: set");
  event.set(); // the flag is true: everyone goes on
}

const clients = [1, 2, 3].map((id) =>
  new Thread({ target: client, args: [id], name: `client-${id}` }).start(),
);
assert.equal(event.isSet(), false);
assert.equal(event.wait(5), false, "a wait with a timeout ends without the event");
assert.equal(served.load(), 0);

const t = new Thread({ target: server, name: "server" }).start();
for (const thread of [t, ...clients]) thread.join();
assert.equal(served.load(), 3);

assert.equal(event.wait(), true, "the flag stays set until somebody clears it");
event.clear();
assert.equal(event.isSet(), false);
