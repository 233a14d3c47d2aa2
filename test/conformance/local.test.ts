import assert from "node:assert/strict";
import { test } from "node:test";
import { AtomicInt, Barrier, local, sharedArray, sleep, spawn } from "../../src/api/index.ts";
import { crew, resultOf, results } from "../support/threads.ts";

interface Box {
  n?: number;
  list?: number[];
}

test("TL01 local: values of 100 ended threads are gone, also for threads on the same carriers", () => {
  const data = local<Box>();
  for (let i = 0; i < 100; i++) {
    const seen = resultOf(
      spawn(() => {
        const before = data.n;
        data.n = i;
        return [before, data.n, Object.keys(data).join()];
      }),
    );
    assert.deepEqual(seen, [undefined, i, "n"]);
  }
  assert.equal(data.n, undefined);
});

test("TL02 local: 10 threads at once each read back their own value", () => {
  const data = local<Box>();
  const together = new Barrier(10);
  const seen = results(
    crew(10, (index) => {
      data.n = index;
      together.wait();
      sleep(1);
      return data.n;
    }),
  );
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("TL04 local: what is neither object nor function is refused; what cannot travel too", () => {
  for (const init of [1, "x", null, true, 1n]) {
    assert.throws(() => local(init as never), { name: "TypeError", message: /^Cannot create local: / });
  }
  assert.throws(() => local({ parse: globalThis.setTimeout(() => {}, 0) }), { name: "CaptureError" });
});

test("TL05 local: an attribute that one thread sets is absent in others; deleting works in each alone", () => {
  const data = local<Box>();
  data.n = 5;
  const other = spawn(() => {
    const before = ["n" in data, data.n];
    data.n = 6;
    delete data.n;
    return [...before, "n" in data];
  });
  assert.deepEqual(resultOf(other), [false, undefined, false]);
  assert.equal(data.n, 5);
  assert.equal(delete data.n, true);
  assert.equal("n" in data, false);
});

test("TL06 local(init): each thread begins with a copy of the object", () => {
  const data = local({ n: 1, list: [1] });
  data.list.push(2);
  const bodies = crew(3, (index) => {
    data.list.push(index);
    data.n += index;
    return [data.n, ...data.list];
  });
  assert.deepEqual(results(bodies), [
    [1, 1, 0],
    [2, 1, 1],
    [3, 1, 2],
  ]);
  assert.deepEqual([data.n, ...data.list], [1, 1, 2]);
});

test("TL06 local(function): each thread calls it once, when it first uses the local", () => {
  const calls = new AtomicInt();
  const data = local(() => ({ n: calls.increment(), list: [] as number[] }));
  assert.equal(calls.load(), 0);
  const numbers = results(
    crew(4, () => {
      const first = data.n;
      data.list.push(data.n);
      return first === data.n ? data.n : -1;
    }),
  );
  assert.deepEqual([...numbers, data.n].sort(), [1, 2, 3, 4, 5]);
  assert.equal(calls.load(), 5);
});

test("TL07 local: its keys are those of the thread that asks; JSON and spread see them", () => {
  const data = local<Box>();
  data.n = 1;
  assert.deepEqual(Object.keys(data), ["n"]);
  assert.deepEqual({ ...data }, { n: 1 });
  assert.equal(JSON.stringify(data), '{"n":1}');
  assert.deepEqual(resultOf(spawn(() => Object.keys(data))), []);
  assert.throws(() => Object.setPrototypeOf(data, {}), TypeError);
  assert.throws(() => Object.freeze(data), TypeError);
});

test("TL08 local: class instances as init keep their class in each thread", () => {
  class Account {
    balance = 10;
    pay(n: number): number {
      this.balance -= n;
      return this.balance;
    }
  }
  const data = local(() => new Account());
  assert.equal(data.pay(1), 9);
  assert.equal(resultOf(spawn(() => (data.pay(5), data.balance))), 5);
  assert.equal(data.balance, 9);
});

test("local: two locals are two, captured, passed and put into each other's thread", () => {
  const [one, two] = [local<Box>(), local<Box>()];
  one.n = 1;
  two.n = 2;
  const seen = spawn((given: typeof one) => {
    given.n = 10;
    two.n = 20;
    return [one === given, one.n, two.n];
  }, one);
  assert.deepEqual(resultOf(seen), [true, 10, 20]);
  assert.deepEqual([one.n, two.n], [1, 2]);
});

test("local: a thread that shares memory through its local does so by reference", () => {
  const cells = sharedArray(Int32Array, 1);
  const data = local({ cells });
  results(crew(3, () => void Atomics.add(data.cells, 0, 1)));
  assert.equal(cells[0], 3);
});

test("local(function): being captured, passed or shown to a thread does not call it in the one that sends", () => {
  const calls = new AtomicInt();
  const data = local(() => ({ number: calls.increment() }));
  const shown = spawn((given: typeof data) => [given === data, given.number, data.number], data);
  assert.deepEqual(resultOf(shown), [true, 1, 1]);
  assert.equal(calls.load(), 1, "by the thread alone");
  assert.equal(data.number, 2);
});
