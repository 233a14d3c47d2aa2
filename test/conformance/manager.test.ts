// Conformance: managers (MP).
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidStateError, ProcessError } from "heddle";
import { Lock, Manager, Queue, SyncManager } from "heddle/multiprocessing";
import { ended, PATIENCE_MS, run } from "../support/processes.ts";

test("MP070 MP071 MP072 MP168 Manager.list(): what a list does; nested ones are live; iteration reads what is there then", () => {
  using manager = Manager();
  const list = manager.list<unknown>([0, 1, 2]);
  list.extend([3, 4]);
  assert.deepEqual(
    [list[0], list.at(-1), list.length, list.slice(1, 3), list.indexOf(3), list.includes(9), list.count(4)],
    [0, 4, 5, [1, 2], 3, false, 1],
  );
  list[0] = "zero";
  assert.equal(list.pop(), 4);
  list.insert(1, "a");
  assert.equal(list.remove("a"), true);
  const inner = manager.list<unknown>(["x"]);
  list.append(inner);
  inner.append("y");
  assert.deepEqual([...(list.at(-1) as Iterable<unknown>)], ["x", "y"]);
  ended(run(() => void inner.push("from a child")));
  assert.deepEqual(inner.slice(), ["x", "y", "from a child"]);
  const seen: unknown[] = [];
  for (const item of inner) {
    seen.push(item);
    if (seen.length === 1) inner.push("late");
  }
  assert.equal(seen.length, 4);
  inner.clear();
  assert.equal(inner.length, 0);
});

test("MP073 MP075 MP076 MP077 MP169 MP172 MP173 MP174 Manager: dict, set, Namespace, and queues inside them", () => {
  using manager = Manager();
  const dict = manager.dict<string, unknown>({ a: 1 });
  const set = manager.set<number>([1, 2]);
  const space = manager.Namespace({ name: "Bob" });
  const queue = new Queue<string>();
  dict.set("queue", queue);
  ended(
    run(() => {
      dict.set("b", 2);
      set.add(3);
      space["job"] = "builder";
      (dict.get("queue") as Queue<string>).put("through the dict");
    }),
  );
  assert.deepEqual(
    [dict.get("b"), dict.has("c"), dict.get("c", 9), dict.size, dict.keys()],
    [2, false, 9, 3, ["a", "queue", "b"]],
  );
  assert.equal(queue.get(PATIENCE_MS), "through the dict");
  assert.deepEqual([dict.pop("b"), dict.setDefault("a", 5), dict.delete("a"), dict.size], [2, 1, true, 1]);
  assert.deepEqual([set.values(), set.has(3), set.delete(1), set.size], [[1, 2, 3], true, true, 2]);
  assert.deepEqual([space["name"], space["job"], "job" in space], ["Bob", "builder", true]);
  delete space["job"];
  assert.equal(String(space), "<Namespace name=Bob>");
  const nested = manager.dict<string, unknown>();
  nested.set("inner", manager.dict({ deep: 1 }));
  (nested.get("inner") as typeof dict).set("deep", 2);
  assert.equal((nested.get("inner") as typeof dict).get("deep"), 2);
});

test("MP074 Manager.dict(): iteration goes through the entries that it had when it began", () => {
  using manager = Manager();
  const dict = manager.dict([1, 2, 3].map((n) => [n, n * n] as const));
  const seen: number[] = [];
  for (const [key] of dict) {
    seen.push(key);
    dict.set(key + 10, 0);
  }
  assert.deepEqual([seen, dict.size], [[1, 2, 3], 6]);
});

test("Manager: with new and without it is the same", () => {
  for (const manager of [Manager(), new Manager()]) {
    assert.ok(manager instanceof SyncManager);
    assert.deepEqual([...manager.list([1, 2])], [1, 2]);
    manager.shutdown();
  }
});

test("MP109 MP110 MP111 MP140 SyncManager: registered classes, exposed methods only, errors come whole; an initializer", () => {
  class Foo {
    f(): string {
      return "f()";
    }
    g(): never {
      throw new RangeError("too far");
    }
    _h(): string {
      return "_h()";
    }
  }
  const queue = new Queue<string>();
  assert.throws(() => new SyncManager().start("no" as never), TypeError);
  using manager = new SyncManager().register("Foo", Foo).register("Bar", Foo, ["f", "_h"]);
  manager.start((text: string) => queue.put(text), ["initialised"]);
  assert.equal(queue.get(PATIENCE_MS), "initialised");
  const foo = manager.create(Foo);
  const bar = manager.create("Bar") as unknown as Foo;
  assert.deepEqual([foo.f(), bar.f(), bar._h()], ["f()", "f()", "_h()"]);
  assert.throws(() => foo.g(), RangeError);
  assert.throws(() => foo._h(), InvalidStateError);
  assert.throws(() => bar.g(), InvalidStateError);
  assert.throws(() => manager.create("Baz"), ProcessError);
});

test("a manager's process is killed: whoever asks it gets an error", () => {
  class Killer {
    end(): void {
      process.kill(process.pid, "SIGKILL");
    }
  }
  const manager = new SyncManager().register("Killer", Killer).start();
  const list = manager.list([1]);
  assert.throws(() => manager.create(Killer).end(), ProcessError);
  assert.throws(() => list.length, ProcessError);
  manager.shutdown();
});

test("MP159 MP160 MP161 MP162 MP163 MP164 MP165 MP166 MP167 MP170 MP171 Manager gives out the other things, too", () => {
  using manager = Manager();
  const lock = manager.Lock();
  assert.ok(lock instanceof Lock);
  lock.with(() => {});
  manager.RLock().with(() => {});
  assert.deepEqual(
    [manager.Semaphore(2).getValue(), manager.BoundedSemaphore(3).getValue(), manager.Event().isSet()],
    [2, 3, false],
  );
  manager.Condition().with(() => {});
  assert.equal(manager.Barrier(1).wait(), 0);
  const queue = manager.Queue<number>(1);
  queue.put(1);
  assert.deepEqual(
    [
      queue.full(),
      manager.JoinableQueue().join(),
      manager.Value("i", 5).value,
      [...manager.Array("i", [1, 2])],
    ],
    [true, true, 5, [1, 2]],
  );
});
