// Wrong calls of what threads wait with: each on an object of its own, which must be as it was afterwards.
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  local,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  Timer,
} from "../../src/api/index.ts";
import type { BadCall } from "./calls.ts";

/** A wrong call, and whether the object is still whole after it. */
export interface BadSyncCall extends BadCall {
  readonly sound: () => boolean;
}

const type = (message: RegExp) => ({ name: "TypeError", message });
const range = (message: RegExp) => ({ name: "RangeError", message });
const bad = (value: unknown): never => value as never;

interface Usable {
  acquire(): boolean;
  release(): void;
  statistics(): { readonly waiting: number };
}
/** It can be taken and given back, and nobody waits for it. */
function usable(lock: Usable): boolean {
  const got = lock.acquire();
  lock.release();
  return got && lock.statistics().waiting === 0;
}

/** Timeouts that are none, for a call that may wait. */
function badTimeouts(
  what: string,
  make: () => { call: (timeout: never) => unknown; sound: () => boolean },
): BadSyncCall[] {
  const values: readonly [unknown, BadCall["error"]][] = [
    [-1, range(/^Cannot [a-z]+.*: .* 0 or more, got -1$/)],
    [Number.NaN, range(/^Cannot [a-z]+.*: .*, got NaN$/)],
    [1e100, range(/^Cannot [a-z]+.*: .* at most \d+/)],
    ["5", type(/^Cannot [a-z]+.*: .* must be a number/)],
    [null, type(/^Cannot [a-z]+.*: .* must be a number/)],
    [{ timeoutMs: -5 }, range(/^Cannot [a-z]+.*: .* 0 or more, got -5$/)],
    [{ timeout: 5 }, type(/^Cannot [a-z]+.*: unknown option "timeout"/)],
  ];
  return values.map(([value, error]) => {
    const { call, sound } = make();
    return { what: `${what}(${JSON.stringify(value)})`, call: () => call(bad(value)), error, sound };
  });
}

const classes = {
  Lock: () => new Lock(),
  RLock: () => new RLock(),
  Semaphore: () => new Semaphore(),
  BoundedSemaphore: () => new BoundedSemaphore(),
  Condition: () => new Condition(),
  "RWLock.read": () => new RWLock().read,
  "RWLock.write": () => new RWLock().write,
} as const;

const lockLike: readonly BadSyncCall[] = Object.entries(classes).flatMap(([kind, make]) => {
  const row = (what: string, call: (lock: ReturnType<typeof make>) => unknown, error: BadCall["error"]) => {
    const lock = make();
    return { what: `${kind}.${what}`, call: () => call(lock), error, sound: () => usable(lock) };
  };
  const timed = (["acquire", "acquireAsync", "holdAsync"] as const).flatMap((method) =>
    badTimeouts(`${kind}.${method}`, () => {
      const lock = make();
      return { call: (timeout) => lock[method](timeout), sound: () => usable(lock) };
    }),
  );
  return [
    ...timed,
    row(
      "acquire(false, 5)",
      (lock) => lock.acquire(false, 5),
      range(/: a call that does not block takes no timeout/),
    ),
    row('acquire(true, "5")', (lock) => lock.acquire(true, bad("5")), type(/ must be a number/)),
    row(
      "acquire({ blocking: 1 })",
      (lock) => lock.acquire(bad({ blocking: 1 })),
      type(/: blocking must be a boolean/),
    ),
    row(
      "acquireAsync({ signal: {} })",
      (lock) => lock.acquireAsync(bad({ signal: {} })),
      type(/: signal must be an AbortSignal/),
    ),
    row("with(5)", (lock) => lock.with(bad(5)), type(/./)),
    row("withAsync(5)", (lock) => lock.withAsync(bad(5)), type(/./)),
  ];
});

/** Release by one who does not hold it. */
const releases: readonly BadSyncCall[] = (
  ["Lock", "RLock", "Condition", "RWLock.read", "RWLock.write"] as const
).map((kind) => {
  const lock = classes[kind]();
  return {
    what: `${kind}.release() while it is free`,
    call: () => lock.release(),
    error: {
      name: "NotOwnerError",
      code: "ERR_HEDDLE_NOT_OWNER",
      message: /^Cannot release .*: it is not locked$/,
    },
    sound: () => usable(lock),
  };
});

const permits: readonly BadSyncCall[] = ([Semaphore, BoundedSemaphore] as const).flatMap((Type) => {
  const wrong: readonly [unknown, BadCall["error"]][] = [
    [0, range(/permits must be a whole number from 1 to \d+, got 0$/)],
    [-1, range(/permits must be a whole number from 1 to \d+, got -1$/)],
    [1.5, range(/permits must be a whole number from 1 to \d+, got 1.5$/)],
    [Number.NaN, range(/permits must be a whole number from 1 to \d+, got NaN$/)],
    ["1", type(/permits must be a number, got string$/)],
    [null, type(/permits must be a number, got object$/)],
  ];
  return wrong.flatMap(([value, error]) =>
    (
      [
        ["acquire({ permits })", (s: Semaphore) => s.acquire(bad({ permits: value }))],
        ["acquireAsync({ permits })", (s: Semaphore) => s.acquireAsync(bad({ permits: value }))],
        ["tryAcquire", (s: Semaphore) => s.tryAcquire(bad(value))],
        ["release", (s: Semaphore) => s.release(bad(value))],
      ] as const
    ).map(([method, call]) => {
      const semaphore = new Type(2);
      return {
        what: `${Type.name}.${method} of ${String(value)}`,
        call: () => call(semaphore),
        error,
        sound: () => semaphore.statistics().value === 2 && usable(semaphore),
      };
    }),
  );
});

const condition: readonly BadSyncCall[] = (() => {
  const held = (call: (condition: Condition) => unknown) => {
    const condition = new Condition();
    return {
      call: () => condition.withAsync(async () => call(condition)),
      sound: () => condition.statistics().waiting === 0 && usable(condition),
    };
  };
  const free = (["wait", "waitAsync", "notify", "notifyAll"] as const).map((method) => {
    const condition = new Condition();
    return {
      what: `Condition.${method}() without its lock`,
      call: () => condition[method](),
      error: {
        name: "NotOwnerError",
        code: "ERR_HEDDLE_NOT_OWNER",
        message: /^Cannot (wait|notify) with RLock: /,
      },
      sound: () => usable(condition),
    };
  });
  const timed = (["wait", "waitAsync"] as const).flatMap((method) =>
    badTimeouts(`Condition.${method}`, () => {
      const condition = new Condition();
      return {
        call: (timeout) => condition.withAsync(async () => condition[method](timeout)),
        sound: () => usable(condition),
      };
    }),
  );
  return [
    ...free,
    ...timed,
    ...["1", null, {}, true].map((n) => ({
      what: `Condition.notify(${JSON.stringify(n)})`,
      ...held((given) => given.notify(bad(n))),
      error: type(/^Cannot notify Condition: n must be a number, got /),
    })),
    ...[Number.NaN, 1.5].map((n) => ({
      what: `Condition.notify(${n})`,
      ...held((given) => given.notify(n)),
      error: range(/^Cannot notify Condition: n must be a whole number, got /),
    })),
    ...(["waitFor", "waitForAsync"] as const).map((method) => ({
      what: `Condition.${method}(5)`,
      ...held((given) => given[method](bad(5))),
      error: type(/^Cannot wait for Condition: predicate must be a function, got number$/),
    })),
  ];
})();

const barrier: readonly BadSyncCall[] = (["wait", "waitAsync"] as const).flatMap((method) =>
  badTimeouts(`Barrier.${method}`, () => {
    const barrier = new Barrier(1);
    return {
      call: (timeout) => barrier[method](timeout),
      sound: () => !barrier.broken && barrier.nWaiting === 0 && barrier.wait() === 0,
    };
  }),
);

const events: readonly BadSyncCall[] = (["wait", "waitAsync"] as const).flatMap((method) =>
  badTimeouts(`Event.${method}`, () => {
    const event = new Event();
    return { call: (timeout) => event[method](timeout), sound: () => event.statistics().waiting === 0 };
  }),
);

const always = (): boolean => true;
const construction: readonly BadSyncCall[] = [
  ...([Lock, RLock, Event, RWLock] as const).flatMap((Type) => [
    {
      what: `new ${Type.name}({ nme })`,
      call: () => new Type(bad({ nme: "db" })),
      error: type(new RegExp(`^Cannot create ${Type.name}: unknown option "nme"`)),
      sound: always,
    },
    ...[null, 5, "db", true].map((options) => ({
      what: `new ${Type.name}(${JSON.stringify(options)})`,
      call: () => new Type(bad(options)),
      error: type(new RegExp(`^Cannot create ${Type.name}: options must be an object, got `)),
      sound: always,
    })),
    {
      what: `new ${Type.name}({ name: 5 })`,
      call: () => new Type({ name: bad(5) }),
      error: type(new RegExp(`^Cannot create ${Type.name}: name must be a string, got number`)),
      sound: always,
    },
  ]),
  ...([Semaphore, BoundedSemaphore] as const).flatMap((Type) => [
    ...[-1, 1.5, Number.NaN, 2 ** 31].map((value) => ({
      what: `new ${Type.name}(${value})`,
      call: () => new Type(value),
      error: range(new RegExp(`^Cannot create ${Type.name}: value must be a whole number from 0 to `)),
      sound: always,
    })),
    {
      what: `new ${Type.name}("1")`,
      call: () => new Type(bad("1")),
      error: type(new RegExp(`^Cannot create ${Type.name}: value must be a number, got string`)),
      sound: always,
    },
  ]),
  ...[0, -1, 1.5, Number.NaN, 2 ** 16].map((parties) => ({
    what: `new Barrier(${parties})`,
    call: () => new Barrier(parties),
    error: range(/^Cannot create Barrier: parties must be a whole number from 1 to 65535, got /),
    sound: always,
  })),
  {
    what: "new Barrier(2, { action: 5 })",
    call: () => new Barrier(2, { action: bad(5) }),
    error: type(/^Cannot create Barrier: action must be a function, got number$/),
    sound: always,
  },
  {
    what: "new Barrier(2, { timeoutMs: -1 })",
    call: () => new Barrier(2, { timeoutMs: -1 }),
    error: range(/ 0 or more, got -1$/),
    sound: always,
  },
  ...[5, "lock", {}, null, new Semaphore()].map((lock) => ({
    what: `new Condition(${String(lock)})`,
    call: () => new Condition(bad(lock)),
    error: type(/^Cannot create Condition: lock must be a Lock or an RLock, got /),
    sound: always,
  })),
  ...[5, "x", null, true].map((init) => ({
    what: `local(${JSON.stringify(init)})`,
    call: () => local(bad(init)),
    error: type(/^Cannot create local: init must be an object or a function, got /),
    sound: always,
  })),
  ...[Number.NaN, 2 ** 31, Infinity].map((interval) => ({
    what: `new Timer(${interval}, fn)`,
    call: () => new Timer(interval, () => {}),
    error: range(/^Cannot create Timer: intervalMs must be at most \d+, got /),
    sound: always,
  })),
  {
    what: 'new Timer("5", fn)',
    call: () => new Timer(bad("5"), () => {}),
    error: type(/^Cannot create Timer: intervalMs must be a number of milliseconds, got string$/),
    sound: always,
  },
  ...[undefined, null, 5].map((fn) => ({
    what: `new Timer(5, ${String(fn)})`,
    call: () => new Timer(5, bad(fn)),
    error: type(/^Cannot create Timer: fn must be a function, got /),
    sound: always,
  })),
  {
    what: "Timer.start() twice",
    call: () => {
      const timer = new Timer(0, () => {}).start();
      timer.join();
      timer.start();
    },
    error: { name: "AlreadyStartedError", message: /^Cannot start .*: a thread can be started only once$/ },
    sound: always,
  },
];

/** All of them. */
export const badSyncCalls: readonly BadSyncCall[] = [
  ...construction,
  ...lockLike,
  ...releases,
  ...permits,
  ...condition,
  ...barrier,
  ...events,
];
