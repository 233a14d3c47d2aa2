// TypeScript, run by whatever compiles it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Lock, setExcepthook, spawn } from "heddle";
import { type Shape, twice, TypedError } from "./typed-lib.ts";

interface Options {
  readonly size: number;
}
setExcepthook(() => {});
const options: Options = { size: 3 };
const lock: Lock = new Lock({ name: "typed" });
class Box<T> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
  get doubled(): number {
    return twice(Number(this.value));
  }
}

function body(n: number): [number, string, Box<number>] {
  lock.acquire();
  try {
    const box: Box<number> = new Box(n + options.size);
    return [box.doubled, readFileSync.name, box];
  } finally {
    lock.release();
  }
}
const [doubled, name, box] = spawn(body, 1).result();
assert.equal(doubled, 8);
assert.equal(name, "readFileSync");
assert(box instanceof Box);

const failing = spawn((): never => {
  const shape: Shape = { area: 1 };
  throw new TypedError("in a thread", shape); // the first place
});
failing.join();
assert(failing.exception instanceof TypedError);
assert.deepEqual(failing.exception.shape, { area: 1 });

const nested = (): string => {
  const inner = (): string => {
    const { stack = "" } = new Error("here"); // the second place
    return stack;
  };
  return spawn(inner).result();
};
console.log(failing.exception.stack?.split("\n")[1]);
console.log(spawn(nested).result().split("\n")[1]);
console.log("all well");
