// Everything that the constructor takes, and what it does with it.
import assert from "node:assert/strict";
import { AlreadyStartedError, currentThread, Thread } from "heddle";

function greet(greeting: string, options: { to: string; times: number }): string {
  return `${currentThread().name} says ${`${greeting}, ${options.to}! `.repeat(options.times).trim()}`;
}

const t = new Thread({
  group: null,
  target: greet as (...args: unknown[]) => string,
  name: "greeter",
  args: ["Hello"],
  kwargs: { to: "world", times: 2 },
  daemon: false,
});
assert.equal(t.ident, undefined, "a thread has no ident before start()");
assert.equal(t.isAlive(), false);

t.start();
assert.equal(t.result(), "greeter says Hello, world! Hello, world!");
assert.equal(t.isAlive(), false);
assert.equal(typeof t.ident, "number");
assert.throws(() => t.start(), AlreadyStartedError);
console.log(t.result());
