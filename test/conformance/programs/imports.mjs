// What an import of heddle changes in the importing thread: nothing that the program could see.
const globals = () => Reflect.ownKeys(globalThis).filter((key) => typeof key === "string");
const seen = () => ({
  globals: globals().join(),
  listeners: process.eventNames().map(String).sort().join(),
  log: console.log,
  exit: process.exit,
  stdout: process.stdout,
  stderr: process.stderr, // some of the modules of Node open it themselves
  write: process.stdout.write,
  prepare: Error.prepareStackTrace,
  limit: Error.stackTraceLimit,
  atomics: Atomics.wait,
  worker: globalThis.Worker,
});
const before = seen();
const turn = () => new Promise((resolve) => setImmediate(resolve)); // the loader's own requests end meanwhile
await turn();
const active = process.getActiveResourcesInfo();
await Promise.all([import("heddle"), import("heddle/threading"), import("heddle/shared")]);
const after = seen();
const changed = Object.keys(before).filter((key) => before[key] !== after[key]);
await turn();
console.log(changed.join(), process.getActiveResourcesInfo().join() === active.join());
