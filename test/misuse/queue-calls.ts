// Wrong calls of queues: each on a queue of its own, which must be as it was afterwards.
import { LifoQueue, PriorityQueue, Queue, SimpleQueue } from "../../src/api/index.ts";
import { badTimeouts } from "../conformance/suites/bad-timeouts.ts";
import type { AnyQueue } from "../support/queues.ts";
import type { BadCall } from "./calls.ts";
import type { BadSyncCall } from "./sync-calls.ts";

const type = (message: RegExp) => ({ name: "TypeError", message });
const range = (message: RegExp) => ({ name: "RangeError", message });
const bad = (value: unknown): never => value as never;
const always = (): boolean => true;

/** Its one item is still in it, it takes another one, and nobody waits. */
function whole(queue: AnyQueue): boolean {
  const before = queue.qsize();
  queue.putNowait(2);
  const [first, second] = [queue.getNowait(), queue.getNowait()];
  if (queue instanceof Queue) {
    queue.taskDone();
    queue.taskDone();
    if (!queue.join(0)) return false;
  }
  return before === 1 && first + second === 3 && queue.empty() && queue.statistics().waiting === 0;
}

const classes = { Queue, LifoQueue, PriorityQueue, SimpleQueue } as const;
const counted = { Queue, LifoQueue, PriorityQueue } as const;
type Counted = Queue<number> | LifoQueue<number> | PriorityQueue<number>;

/** A row with a queue that has one item. */
function row<Q extends AnyQueue>(
  kind: string,
  make: () => Q,
  what: string,
  call: (queue: Q) => unknown,
  error: BadCall["error"],
): BadSyncCall {
  const queue = make();
  queue.put(1);
  return { what: `${kind}.${what}`, call: () => call(queue), error, sound: () => whole(queue) };
}

const calls: readonly BadSyncCall[] = Object.entries(classes).flatMap(([kind, Class]) => {
  const make = (): AnyQueue => new Class<number>();
  const on = (what: string, call: (queue: AnyQueue) => unknown, error: BadCall["error"]): BadSyncCall =>
    row(kind, make, what, call, error);
  const timed = badTimeouts.flatMap(({ value, error }) => [
    on(`get(${String(value)})`, (queue) => queue.get(bad(value)), error as BadCall["error"]),
    on(`getAsync(${String(value)})`, (queue) => queue.getAsync(bad(value)), error as BadCall["error"]),
  ]);
  return [
    ...timed,
    on(
      "get({ block: 1 })",
      (queue) => queue.get(bad({ block: 1 })),
      type(/: block must be a boolean, got number$/),
    ),
    on("get({ wait: true })", (queue) => queue.get(bad({ wait: true })), type(/: unknown option "wait"/)),
    on(
      "getAsync({ signal: {} })",
      (queue) => queue.getAsync(bad({ signal: {} })),
      type(/: signal must be an AbortSignal/),
    ),
    on(
      "shutdown(1)",
      (queue) => queue.shutdown(bad(1)),
      type(/^Cannot shut down .*: immediate must be a boolean, got number$/),
    ),
  ];
});

const countedCalls: readonly BadSyncCall[] = Object.entries(counted).flatMap(([kind, Class]) => {
  const make = (): Counted => new Class<number>();
  const on = (what: string, call: (queue: Counted) => unknown, error: BadCall["error"]): BadSyncCall =>
    row(kind, make, what, call, error);
  const timed = badTimeouts.flatMap(({ value, error }) =>
    (["put", "putAsync", "join", "joinAsync"] as const).map((method) =>
      on(
        `${method}(${method.startsWith("put") ? "3, " : ""}${String(value)})`,
        (queue) =>
          method === "join" || method === "joinAsync"
            ? queue[method](bad(value))
            : queue[method](3, bad(value)),
        error as BadCall["error"],
      ),
    ),
  );
  const maxsizes: readonly [unknown, BadCall["error"]][] = [
    [1.5, range(/maxsize must be a whole number up to \d+, got 1\.5$/)],
    [Number.NaN, range(/maxsize must be a whole number up to \d+, got NaN$/)],
    ["5", type(/maxsize must be a number, got string$/)],
    [null, type(/maxsize must be a number, got null$/)],
  ];
  const surplus = make();
  return [
    ...timed,
    ...maxsizes.flatMap(([maxsize, error]) => [
      on(`maxsize = ${String(maxsize)}`, (queue) => (queue.maxsize = bad(maxsize)), error),
    ]),
    {
      what: `${kind}.taskDone() more often than items were put`,
      call: () => surplus.taskDone(),
      error: {
        name: "InvalidStateError",
        message: /^Cannot mark a task of .* as done: all that were put are done$/,
      },
      sound: () => {
        surplus.put(1);
        return whole(surplus);
      },
    },
  ];
});

const construction: readonly BadSyncCall[] = Object.entries(classes).flatMap(([kind, Class]) => {
  class Derived extends (Class as typeof Queue) {}
  const rows: readonly [string, () => unknown, BadCall["error"]][] = [
    [
      `new ${kind}({ name: 5 })`,
      () => new Class(bad({ name: 5 })),
      type(/^Cannot create .*: name must be a string/),
    ],
    [
      `new ${kind}({ size: 5 })`,
      () => new Class(bad({ size: 5 })),
      type(/^Cannot create .*: unknown option "size"/),
    ],
    [
      `new (class extends ${kind})`,
      () => new Derived(),
      type(/^Cannot subclass .*: keep a .* in a field instead$/),
    ],
  ];
  return rows.map(([what, call, error]) => ({ what, call, error, sound: always }));
});

const ordered: readonly BadSyncCall[] = [
  row(
    "PriorityQueue",
    () => new PriorityQueue<number>(),
    'put("a") beside a number',
    (queue) => queue.put(bad("a")),
    type(/^Cannot /),
  ),
  row(
    "PriorityQueue",
    () => new PriorityQueue<number>(),
    "put({})",
    (queue) => queue.put(bad({})),
    type(/^Cannot /),
  ),
  {
    what: "new PriorityQueue({ key: 5 })",
    call: () => new PriorityQueue({ key: bad(5) }),
    error: type(/^Cannot create PriorityQueue: key must be a function, got number$/),
    sound: always,
  },
];

/** All of them. */
export const badQueueCalls: readonly BadSyncCall[] = [...construction, ...calls, ...countedCalls, ...ordered];
