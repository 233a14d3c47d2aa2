// A CommonJS file: what was required is required again in the thread.
"use strict";
const { Lock, setExcepthook, spawn } = require("heddle");
const assert = require("assert");
const fs = require("fs");
const { join: joined } = require("path");
const { tag, Thing } = require("pkg");
const whole = require("pkg");
const library = require("./lib.cjs");
const twice = require("./lib.cjs").twice;

setExcepthook(() => {});
const lock = new Lock();
const settings = { n: 1 };
exports.helper = function helper(n) {
  return n + settings.n;
};
class Path {
  of(name) {
    return joined(name, tag);
  }
}
const body = (n) => {
  lock.acquire();
  lock.release();
  return [
    exports.helper(n),
    new Path().of("a"),
    fs.existsSync(__filename),
    require("./lib.cjs") === library,
    library.name,
    twice(4),
    whole.tag,
    module.exports.helper(2),
    module.exports === exports,
    module.filename,
    new Thing(3).twice(),
    __dirname,
    require.resolve("./lib.cjs"),
  ];
};
assert.deepStrictEqual(spawn(body, 1).result(), body(1));
assert(spawn(() => new Path()).result() instanceof Path);
assert(spawn(() => new Thing(1)).result() instanceof Thing);
assert(spawn((thing) => thing instanceof Thing, new Thing(1)).result());
assert.strictEqual(spawn(() => spawn(() => library.twice(require("path").sep.length)).result()).result(), 2);

const failing = spawn(() => {
  throw new library.LibraryError("in a thread");
});
failing.join();
assert(failing.exception instanceof library.LibraryError);
assert.match(failing.exception.stack, /common\.cjs:\d+:9/);

function sloppy() {
  return this === undefined ? "strict" : "sloppy";
}
assert.strictEqual(spawn(sloppy).result(), "strict");
void (async () => {
  assert.strictEqual(await spawn(async () => (await import("./lib.mjs")).bump()).resultAsync(), 1);
  console.log("all well");
})();
