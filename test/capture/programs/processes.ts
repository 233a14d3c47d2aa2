// Processes in a program that a bundler has put into one file: their bodies, their threads, their own children, pools.
import assert from "node:assert/strict";
import { basename } from "node:path";
import { InvalidStateError, spawn } from "heddle";
import { Pool, Process, Queue } from "heddle/multiprocessing";
import { twice, TypedError } from "./typed-lib.ts";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  get doubled(): number {
    return twice(this.x);
  }
}

const queue = new Queue<unknown>();
function body(point: Point): void {
  queue.put([point.doubled, basename("/a/b"), new Point(4)]);
  spawn(() => queue.put("thread")).join();
  new Process({ target: () => queue.put("grandchild") }).start().join();
  queue.put(new TypedError("typed", { area: 3 }));
}
const child = new Process({ target: body, args: [new Point(21)] }).start();
const [doubled, base, point] = queue.get() as [number, string, Point];
assert.deepEqual([doubled, base], [42, "b"]);
assert.ok(point instanceof Point && point.x === 4);
assert.deepEqual([queue.get(), queue.get()], ["thread", "grandchild"]);
const error = queue.get();
assert.ok(error instanceof TypedError && error.shape.area === 3);
child.join();
assert.equal(child.exitcode, 0);

const pool = new Pool(1);
assert.deepEqual(
  pool.map((n: number) => twice(n), [1, 2, 3]),
  [2, 4, 6],
);
assert.throws(
  () =>
    pool.apply(() => {
      throw new InvalidStateError("Cannot go on: enough");
    }),
  InvalidStateError,
);
pool.close();
pool.join();

console.log("all well");
