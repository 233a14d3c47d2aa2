// An ES module: every kind of import, classes, errors, nested threads.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as os from "node:os";
import { Lock, setExcepthook, sharedArray, spawn } from "heddle";
import defaultOfPackage, { tag, Thing } from "pkg";
import Shape, { bump, LibraryError } from "./lib.mjs";
import * as library from "./lib.mjs";

setExcepthook(() => {});
const lock = new Lock({ name: "db" });
const numbers = sharedArray(Int32Array, 2);
const settings = { deep: { list: [1, 2, 3] }, when: new Date(5) };
class Circle extends Shape {
  constructor(radius) {
    super();
    this.radius = radius;
  }
  area() {
    return this.radius * this.radius * 3;
  }
}
class ProgramError extends Error {}
const helper = (n) => n + settings.deep.list.length;
const body = (n) => {
  lock.acquire();
  try {
    numbers[0] += n;
    return [
      helper(n),
      new Circle(2).area(),
      settings.when.getTime(),
      readFileSync.name,
      os.EOL,
      typeof library.bump,
    ];
  } finally {
    lock.release();
  }
};
assert.deepEqual(spawn(body, 1).result(), [4, 12, 5, "readFileSync", os.EOL, "function"]);
assert.equal(numbers[0], 1);
assert.deepEqual(spawn(() => [new Thing(2).twice(), tag, defaultOfPackage()]).result(), [4, "esm", "esm"]);
assert(spawn((thing) => thing instanceof Thing, new Thing(1)).result());

const circle = spawn(() => new Circle(3)).result();
assert(circle instanceof Circle && circle instanceof Shape);
assert.equal(circle.area(), 27);
assert.equal(spawn((fn) => fn, body).result(), body);
assert.equal(spawn(() => lock).result(), lock);

const errorOf = (thread) => {
  thread.join();
  return thread.exception;
};
assert(
  errorOf(
    spawn(() => {
      throw new ProgramError("in a thread");
    }),
  ) instanceof ProgramError,
);
const foreign = errorOf(
  spawn(() => {
    throw new LibraryError("in a thread", 7);
  }),
);
assert(foreign instanceof LibraryError);
assert.equal(foreign.detail, 7);

// A thread's modules are its own; what it loaded once stays.
assert.equal(spawn(() => bump() + bump()).result(), 3);
assert.equal(bump(), 1);

const nested = () => {
  const inner = (n) => {
    lock.acquire();
    lock.release();
    return helper(n);
  };
  return spawn(inner, 1).result();
};
assert.equal(spawn(nested).result(), 4);
const placeOf = () => {
  try {
    throw new Error("here");
  } catch (error) {
    return error.stack.split("\n")[1].replace(/^.*\//, "").replace(")", "");
  }
};
assert.equal(spawn(placeOf).result(), placeOf());
assert.equal(spawn(() => spawn(placeOf).result()).result(), placeOf());

const asynchronous = async () => [
  typeof (await import("./lib.mjs")).bump,
  (await import("pkg")).tag,
  import.meta.url,
];
assert.deepEqual(await spawn(asynchronous).resultAsync(), ["function", "esm", import.meta.url]);

const own = new Int32Array(new SharedArrayBuffer(8));
spawn(() => {
  own[1] = 9;
}).result();
assert.equal(own[1], 9);

let count = 0;
assert.throws(
  () =>
    spawn(function increment() {
      count++;
    }),
  /increment assigns the captured variable count .*module\.mjs/,
);
assert.equal(count, 0);
console.log("all well");
