// Every wrong call that there is a clear answer to: what is called, and which error it must be.
import {
  AtomicBigInt,
  AtomicInt,
  Event,
  Lock,
  mainThread,
  setExcepthook,
  sharedArray,
  sleep,
  sleepAsync,
  spawn,
  stackSize,
  Thread,
} from "../../src/api/index.ts";

/** One wrong call. */
export interface BadCall {
  readonly what: string;
  readonly call: () => unknown;
  readonly error: { readonly name: string; readonly code?: string; readonly message: RegExp };
}

const type = (message: RegExp) => ({ name: "TypeError", message });
const range = (message: RegExp) => ({ name: "RangeError", message });
/** The wrong call itself is what is tested: the types would forbid it. */
const bad = (value: unknown): never => value as never;
const unstarted = (): Thread => new Thread({ name: "early", target: () => {} });
/** A thread that has ended. */
const ended = (): Thread => {
  const thread = new Thread({ name: "late", target: () => {} }).start();
  thread.join();
  return thread;
};

const creation: readonly BadCall[] = [
  ...[1, "work", {}, [], true, Symbol("f")].map((target) => ({
    what: `new Thread({ target: ${typeof target} })`,
    call: () => new Thread({ target: bad(target) }),
    error: type(/^Cannot create Thread: target must be a function, got /),
  })),
  ...["pool", 0, false, {}].map((group) => ({
    what: `new Thread({ group: ${JSON.stringify(group)} })`,
    call: () => new Thread({ group: bad(group) }),
    error: type(/^Cannot create Thread: group must be null, got /),
  })),
  ...[5, "ab", { 0: 1, length: 1 }, null].map((args) => ({
    what: `new Thread({ args: ${JSON.stringify(args)} })`,
    call: () => new Thread({ target: () => {}, args: bad(args) }),
    error: type(/^Cannot create Thread: args must be an array, got /),
  })),
  ...[5, "ab", [1], null].map((kwargs) => ({
    what: `new Thread({ kwargs: ${JSON.stringify(kwargs)} })`,
    call: () => new Thread({ target: () => {}, kwargs: bad(kwargs) }),
    error: type(/^Cannot create Thread: kwargs must be an object, got /),
  })),
  ...["yes", 1, 0].map((daemon) => ({
    what: `new Thread({ daemon: ${JSON.stringify(daemon)} })`,
    call: () => new Thread({ daemon: bad(daemon) }),
    error: type(/^Cannot create Thread: daemon must be a boolean, got /),
  })),
  ...[-1, 1.5, Number.NaN, Infinity, 5000].map((stackSizeMb) => ({
    what: `new Thread({ stackSizeMb: ${stackSizeMb} })`,
    call: () => new Thread({ stackSizeMb }),
    error: range(/^Cannot create Thread: stack size must be a whole number of MiB from 0 to \d+, got /),
  })),
  {
    what: 'new Thread({ stackSizeMb: "1" })',
    call: () => new Thread({ stackSizeMb: bad("1") }),
    error: type(/^Cannot create Thread: stack size must be a number, got string/),
  },
  {
    what: "new Thread({ tarket })",
    call: () => new Thread(bad({ tarket: () => {} })),
    error: type(/^Cannot create Thread: unknown option "tarket" \(known: group, target, /),
  },
  ...[null, 5, "x", () => {}].map((options) => ({
    what: `new Thread(${String(options)})`,
    call: () => new Thread(bad(options)),
    error: type(/^Cannot create Thread: options must be an object, got /),
  })),
  ...[undefined, null, 5, "work"].map((target) => ({
    what: `spawn(${String(target)})`,
    call: () => spawn(bad(target)),
    error: type(/^Cannot spawn a thread: target must be a function, got /),
  })),
];

const threads: readonly BadCall[] = [
  {
    what: "start() twice",
    call: () => ended().start(),
    error: {
      name: "AlreadyStartedError",
      code: "ERR_HEDDLE_ALREADY_STARTED",
      message: /^Cannot start late: a thread can be started only once$/,
    },
  },
  ...(["join", "result", "joinAsync", "resultAsync"] as const).map((method) => ({
    what: `${method}() before start()`,
    call: () => unstarted()[method](),
    error: {
      name: "NotStartedError",
      code: "ERR_HEDDLE_NOT_STARTED",
      message: /^Cannot join early: it was not started$/,
    },
  })),
  {
    what: "terminate() before start()",
    call: () => unstarted().terminate(),
    error: { name: "NotStartedError", message: /^Cannot terminate early: it was not started$/ },
  },
  {
    what: "terminate() of main",
    call: () => mainThread().terminate(),
    error: {
      name: "InvalidStateError",
      code: "ERR_HEDDLE_INVALID_STATE",
      message: /^Cannot terminate MainThread: /,
    },
  },
  ...(["join", "result", "joinAsync"] as const).map((method) => ({
    what: `${method}() of main in main`,
    call: () => mainThread()[method](),
    error: {
      name: "SelfJoinError",
      code: "ERR_HEDDLE_SELF_JOIN",
      message: /^Cannot join MainThread: it is the calling thread$/,
    },
  })),
  {
    what: "daemon = true after start()",
    call: () => {
      ended().daemon = true;
    },
    error: { name: "AlreadyStartedError", message: /^Cannot set daemon of late: / },
  },
];

const timed: readonly BadCall[] = (
  [
    ["sleep", (t: never) => sleep(t)],
    ["sleepAsync", (t: never) => sleepAsync(t)],
    ["Lock.acquire", (t: never) => new Lock().acquire(t)],
    ["Lock.acquireAsync", (t: never) => new Lock().acquireAsync(t)],
    ["Lock.holdAsync", (t: never) => new Lock().holdAsync(t)],
    ["Event.wait", (t: never) => new Event().wait(t)],
    ["Event.waitAsync", (t: never) => new Event().waitAsync(t)],
    ["Thread.join", (t: never) => ended().join(t)],
    ["Thread.joinAsync", (t: never) => ended().joinAsync(t)],
    ["Thread.result", (t: never) => ended().result(t)],
    ["Thread.resultAsync", (t: never) => ended().resultAsync(t)],
  ] as const
).flatMap(([what, call]) => [
  { what: `${what}(-1)`, call: () => call(bad(-1)), error: range(/^Cannot [a-z]+.*: .* 0 or more, got -1$/) },
  { what: `${what}(NaN)`, call: () => call(bad(Number.NaN)), error: range(/^Cannot [a-z]+.*: .*, got NaN$/) },
  { what: `${what}("5")`, call: () => call(bad("5")), error: type(/^Cannot [a-z]+.*: .* must be a number/) },
  {
    what: `${what}(null)`,
    call: () => call(bad(null)),
    error: type(/^Cannot [a-z]+.*: .* must be a number/),
  },
]);

const options: readonly BadCall[] = [
  {
    what: "Lock.acquire({ timeout })",
    call: () => new Lock().acquire(bad({ timeout: 5 })),
    error: type(/^Cannot acquire Lock: unknown option "timeout"/),
  },
  {
    what: 'Lock.acquire("yes")',
    call: () => new Lock().acquire(bad("yes")),
    error: type(/^Cannot [a-z]+: .*, got "yes"/),
  },
  {
    what: "Lock.acquire({ blocking: 1 })",
    call: () => new Lock().acquire(bad({ blocking: 1 })),
    error: type(/^Cannot acquire Lock: blocking must be a boolean, got number/),
  },
  {
    what: "Lock.acquire(false, 5)",
    call: () => new Lock().acquire(false, 5),
    error: range(/^Cannot acquire Lock: a call that does not block takes no timeout/),
  },
  ...(["acquireAsync", "holdAsync"] as const).map((method) => ({
    what: `Lock.${method}({ timeout })`,
    call: () => new Lock()[method](bad({ timeout: 5 })),
    error: type(/^Cannot wait: unknown option "timeout"/),
  })),
  {
    what: "Event.wait({ timeout })",
    call: () => new Event().wait(bad({ timeout: 5 })),
    error: type(/^Cannot wait: unknown option "timeout"/),
  },
  {
    what: "Thread.join({ timeout })",
    call: () => ended().join(bad({ timeout: 5 })),
    error: type(/^Cannot wait: unknown option "timeout"/),
  },
  {
    what: "Event.waitAsync({ signal: 5 })",
    call: () => new Event().waitAsync(bad({ signal: 5 })),
    error: type(/^Cannot wait: signal must be an AbortSignal, got number/),
  },
  {
    what: "Lock.acquireAsync({ signal: {} })",
    call: () => new Lock().acquireAsync(bad({ signal: {} })),
    error: type(/^Cannot wait: signal must be an AbortSignal, got object/),
  },
  {
    what: "sleepAsync(5, { signal: {} })",
    call: () => sleepAsync(5, bad({ signal: {} })),
    error: type(/^Cannot wait: signal must be an AbortSignal, got object/),
  },
  {
    what: "new Lock({ name: 5 })",
    call: () => new Lock({ name: bad(5) }),
    error: type(/^Cannot create Lock: name must be a string, got number/),
  },
  {
    what: "new Lock({ ownerChecked: 1 })",
    call: () => new Lock({ ownerChecked: bad(1) }),
    error: type(/^Cannot create Lock: ownerChecked must be a boolean, got number/),
  },
  {
    what: 'new Lock({ onAbandon: "ignore" })',
    call: () => new Lock({ onAbandon: bad("ignore") }),
    error: type(/^Cannot create Lock: onAbandon must be "throw" or "acquire", got ignore/),
  },
  {
    what: "new Lock({ nme })",
    call: () => new Lock(bad({ nme: "db" })),
    error: type(/^Cannot create Lock: unknown option "nme" \(known: name, /),
  },
  {
    what: "new Event({ nme })",
    call: () => new Event(bad({ nme: "db" })),
    error: type(/^Cannot create Event: unknown option "nme"/),
  },
  {
    what: "new Event(null)",
    call: () => new Event(bad(null)),
    error: type(/^Cannot create Event: options must be an object, got null/),
  },
  ...(["with", "withAsync"] as const).map((method) => ({
    what: `Lock.${method}(5)`,
    call: () => new Lock()[method](bad(5)),
    error: type(/^Cannot run .*: it must be a function, got number|is not a function/),
  })),
];

const state: readonly BadCall[] = [
  {
    what: "Lock.release() while free",
    call: () => new Lock({ name: "db" }).release(),
    error: {
      name: "NotOwnerError",
      code: "ERR_HEDDLE_NOT_OWNER",
      message: /^Cannot release Lock 'db': it is not locked$/,
    },
  },
  {
    what: "Lock.release() of another thread's",
    call: () => {
      const lock = new Lock();
      lock.acquire();
      return spawn(() => lock.release()).result();
    },
    error: { name: "NotOwnerError", message: /^Cannot release Lock: it is held by MainThread$/ },
  },
  {
    what: "Lock.acquire() of one's own",
    call: () => {
      const lock = new Lock({ name: "db" });
      lock.acquire();
      lock.acquire();
    },
    error: {
      name: "DeadlockError",
      code: "ERR_HEDDLE_DEADLOCK",
      message: /^Cannot acquire Lock 'db': MainThread holds it already/,
    },
  },
];

const functions: readonly BadCall[] = [
  ...[-1, 1.5, Number.NaN, 123_456].map((mb) => ({
    what: `TR02 stackSize(${mb})`,
    call: () => stackSize(mb),
    error: range(/^Cannot set the stack size: /),
  })),
  {
    what: 'stackSize("1")',
    call: () => stackSize(bad("1")),
    error: type(/^Cannot set the stack size: stack size must be a number, got string/),
  },
  {
    what: "setExcepthook(5)",
    call: () => setExcepthook(bad(5)),
    error: type(/^Cannot set the excepthook: it must be a function or null, got number/),
  },
  {
    what: "sharedArray(Array, 5)",
    call: () => sharedArray(bad(Array), 5),
    error: type(/^Cannot create sharedArray: Array is not a typed array constructor/),
  },
  ...[-1, 1.5, Number.NaN].map((length) => ({
    what: `sharedArray(Int32Array, ${length})`,
    call: () => sharedArray(Int32Array, length),
    error: range(/^Cannot create sharedArray: length must be a whole number of 0 or more, got /),
  })),
  {
    what: "sharedArray(Int32Array, null)",
    call: () => sharedArray(Int32Array, bad(null)),
    error: type(/^Cannot create sharedArray: give a length or values, got null/),
  },
  {
    what: "sharedArray(Uint8Array, more than the heap)",
    call: () => sharedArray(Uint8Array, 2 ** 32),
    error: {
      name: "HeapExhaustedError",
      code: "ERR_HEDDLE_HEAP_EXHAUSTED",
      message: /^Cannot allocate .*\d/,
    },
  },
  {
    what: "new AtomicInt(1.5)",
    call: () => new AtomicInt(1.5),
    error: range(/^Cannot [a-z]+ AtomicInt: the value must be an integer, got 1.5/),
  },
  {
    what: 'AtomicInt.add("1")',
    call: () => new AtomicInt().add(bad("1")),
    error: type(/^Cannot change AtomicInt: the value must be a number, got string/),
  },
  {
    what: "new AtomicBigInt(1)",
    call: () => new AtomicBigInt(bad(1)),
    error: type(/^Cannot [a-z]+ AtomicBigInt: the value must be a bigint, got number/),
  },
];

const captures: readonly BadCall[] = (() => {
  let count = 0;
  const client = { socket: Promise.resolve(1) };
  const capture = (message: RegExp) => ({ name: "CaptureError", code: "ERR_HEDDLE_CAPTURE", message });
  return [
    {
      what: "spawn() of a body that assigns a captured variable",
      call: () =>
        spawn(function counter() {
          count += 1;
        }),
      error: capture(/counter.*count.*calls\.[jt]s:\d+[^]*shared\(\{ count: 0 \}\)/),
    },
    {
      what: "spawn() of a body that captures a promise",
      call: () =>
        spawn(function handler() {
          return client;
        }),
      error: capture(/^Cannot send target: handler → client → socket is a Promise, /),
    },
    {
      what: "spawn() with a promise as argument",
      call: () => spawn((given: unknown) => given, Promise.resolve(1)),
      error: capture(/^Cannot .*Promise/),
    },
    {
      what: "spawn() of a bound function",
      call: () => spawn(Array.prototype.push.bind([])),
      error: capture(/^Cannot .*bound/),
    },
    {
      what: "spawn() with a Proxy",
      call: () => spawn((given: unknown) => given, new Proxy({}, {})),
      error: capture(/^Cannot .*Proxy/),
    },
  ];
})();

/** All of them. */
export const badCalls: readonly BadCall[] = [
  ...creation,
  ...threads,
  ...timed,
  ...options,
  ...state,
  ...functions,
  ...captures,
];
