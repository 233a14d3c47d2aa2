import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, it } from "node:test";
import { Lock, shared, spawn, struct } from "../api/index.ts";
import { heapUse } from "../core/heap.ts";
import { assertHeapSound } from "../../test/support/heap-walk.ts";
import { collectGarbage } from "../../test/support/census.ts";
import { resultOf } from "../../test/support/threads.ts";
import { until } from "../../test/support/until.ts";

const Vector = struct({ x: "f64", y: "f64" }, { name: "Vector" });
const Body = struct(
  { id: "i32", alive: "bool", at: Vector, trace: ["f32", 3], legs: [Vector, 2], serial: "u64" },
  { name: "Body" },
);
const Person = struct({ name: "string", friend: "ref", age: "u8" }, { name: "Person" });

describe("struct: numbers", () => {
  const LIMITS = {
    i8: [127, -128],
    u8: [255, 0],
    i16: [32767, -32768],
    u16: [65535, 0],
    i32: [2 ** 31 - 1, -(2 ** 31)],
    u32: [2 ** 32 - 1, 0],
    f32: [1.5, -0],
    f64: [Math.PI, -0],
  } as const;
  for (const [type, values] of Object.entries(LIMITS)) {
    it(`a field of ${type} holds its limits, and begins with 0`, () => {
      const One = struct({ before: "i8", value: type as "f64", after: "i8" });
      const one = new One();
      assert.equal(one.value, 0);
      for (const value of values) {
        one.value = value;
        assert.ok(Object.is(one.value, value));
        assert.deepEqual([one.before, one.after], [0, 0]);
      }
    });
  }

  it("64-bit whole numbers are bigints", () => {
    const Wide = struct({ i: "i64", u: "u64" });
    const wide = new Wide({ i: -(2n ** 63n), u: 2n ** 64n - 1n });
    assert.deepEqual([wide.i, wide.u], [-(2n ** 63n), 2n ** 64n - 1n]);
  });

  it("fields do not overlap, whatever their order", () => {
    const Mixed = struct({ a: "u8", b: "f64", c: "u8", d: "u16", e: "bool", f: "u32", g: "i64" });
    const [one, two] = Mixed.array(2);
    const init = { a: 255, b: 1e300, c: 1, d: 65535, e: true, f: 2 ** 32 - 1, g: -1n };
    Object.assign(one!, init);
    assert.deepEqual({ ...one!.toJSON() }, init);
    assert.deepEqual(two!.toJSON(), new Mixed().toJSON());
    assert.equal(Mixed.byteSize % 8, 0);
  });
});

describe("struct: structs and arrays inside", () => {
  it("takes first values at every depth", () => {
    const body = new Body({ id: 7, at: { x: 1 }, trace: [1, 2], legs: [{ y: 5 }] });
    assert.deepEqual(body.toJSON(), {
      id: 7,
      alive: false,
      at: { x: 1, y: 0 },
      trace: [1, 2, 0],
      legs: [
        { x: 0, y: 5 },
        { x: 0, y: 0 },
      ],
      serial: 0n,
    });
  });

  it("an inner struct is the same object each time, and assigning one copies its fields", () => {
    const [one, two] = [new Body(), new Body({ at: { x: 3, y: 4 } })];
    assert.equal(one.at, one.at);
    assert.ok(one.at instanceof Vector);
    one.at = two.at;
    two.at.x = 9;
    assert.deepEqual(one.at.toJSON(), { x: 3, y: 4 });
  });

  it("an array of structs is an array: length, iteration, map", () => {
    const vectors = Vector.array([{ x: 1 }, { x: 2 }, { y: 3 }]);
    assert.ok(Array.isArray(vectors));
    assert.deepEqual(
      vectors.map(({ x, y }) => x + y),
      [1, 2, 3],
    );
    assert.equal(Vector.array(0).length, 0);
  });
});

describe("struct: across threads", () => {
  it("a struct, its class and an array are the same things there", () => {
    const body = new Body({ id: 1 });
    const bodies = Body.array(4);
    const thread = spawn(() => {
      body.at.x = 42;
      bodies[2]!.legs[1]!.y = 7;
      const own = new Body({ id: 5 });
      return [body instanceof Body, bodies[2] instanceof Body, bodies.length, own, bodies, Body];
    });
    const [one, other, length, made, again, type] = resultOf(thread);
    assert.deepEqual([one, other, length], [true, true, 4]);
    assert.equal((made as { id: number }).id, 5);
    assert.equal(again, bodies);
    assert.equal(type, Body);
    assert.deepEqual([body.at.x, bodies[2]!.legs[1]!.y], [42, 7]);
  });

  it("an element and a struct inside cross by themselves", () => {
    const bodies = Body.array(3);
    const thread = spawn(
      (element, leg) => {
        element.id = 3;
        leg.x = 4;
        return [element, leg, element.legs[1] === leg];
      },
      bodies[1]!,
      bodies[1]!.legs[1]!,
    );
    const [element, leg, same] = resultOf(thread);
    assert.equal(element, bodies[1]);
    assert.equal(leg, bodies[1]!.legs[1]);
    assert.equal(same, true);
    assert.deepEqual([bodies[1]!.id, bodies[1]!.legs[1]!.x], [3, 4]);
  });

  it("an increment under a lock is never lost", () => {
    const Counter = struct({ count: "i32" });
    const [counter, lock] = [new Counter(), new Lock()];
    const work = (): void => {
      for (let i = 0; i < 2000; i++) lock.with(() => counter.count++);
    };
    for (const thread of [spawn(work), spawn(work)]) assert.equal(thread.join(), true);
    assert.equal(counter.count, 4000);
  });
});

describe("struct: strings and references", () => {
  it("begin as an empty string and null, and hold what is written, in all threads", () => {
    const [ada, bob] = [new Person({ name: "Ada", age: 36 }), new Person()];
    assert.deepEqual([bob.name, bob.friend, ada.name], ["", null, "Ada"]);
    const thread = spawn(() => {
      bob.name = "Bob \ud800 with a name that is longer than a few units";
      bob.friend = ada;
    });
    thread.join();
    assert.equal(bob.name, "Bob \ud800 with a name that is longer than a few units");
    assert.equal(bob.friend, ada);
  });

  it("a reference may be a shared object, a lock, or an element of an array", () => {
    const people = Person.array(2);
    const first = people[0]!;
    for (const value of [shared({ a: 1 }), new Lock(), people[1]!, null]) {
      first.friend = value;
      assert.equal(first.friend, value);
    }
  });

  it("a list of references is walked in another thread", () => {
    const Node = struct({ value: "i32", next: "ref" });
    type Linked = InstanceType<typeof Node>;
    let list: Linked | null = null;
    for (let i = 1; i <= 50; i++) list = new Node({ value: i, next: list });
    const sum = spawn((head) => {
      let total = 0;
      for (let node: Linked | null = head; node !== null; node = node.next as Linked | null)
        total += node.value;
      return total;
    }, list);
    assert.equal(resultOf(sum), 1275);
  });

  it("refuses what is no string, and what is no reference", () => {
    const one = new Person();
    assert.throws(() => (one.name = 5 as unknown as string), {
      name: "TypeError",
      message: "Cannot set string field: got number",
    });
    assert.throws(() => (one.friend = { plain: 1 }), { name: "TypeError", message: /^Cannot set ref field/ });
    assert.deepEqual(one.toJSON(), { name: "", friend: null, age: 0 });
  });
});

describe("struct: bad input", () => {
  const BAD: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      "an unknown type",
      () => struct({ a: "i9" as "i8" }),
      /^Cannot create struct: field a has the type "i9"; known are/,
    ],
    ["no fields", () => struct({}), /^Cannot create struct: it has no fields$/],
    [
      "fields that are no object",
      () => struct(null as never),
      /^Cannot create struct: fields must be an object/,
    ],
    ["a fixed array of strings", () => struct({ a: ["string", 2] as never }), /only numbers and structs/],
    ["a fixed array without end", () => struct({ a: ["f64", Infinity] }), /must be \[type, length\]/],
    ["an unknown field", () => new Vector({ z: 1 } as never), /^Cannot create Vector: it has no field z$/],
    ["a wrong type", () => new Body({ id: "1" as never }), /field id must be a number, got string/],
    [
      "a number for a bigint",
      () => new Body({ serial: 1 as never }),
      /field serial must be a bigint, got number/,
    ],
    ["too many values", () => new Body({ trace: [1, 2, 3, 4] }), /takes an array of at most 3 values/],
    ["first values that are none", () => new Vector(5 as never), /first values must be an object, got 5/],
    ["a negative length", () => Vector.array(-1), /length must be a whole number from 0/],
    ["a length that is none", () => Vector.array("3" as never), /give a length or an array of values/],
    ["a subclass", () => new (class extends (Vector as new () => object) {})(), /^Cannot subclass Vector/],
    [
      "a field named __proto__",
      () => struct(JSON.parse('{"__proto__": "i8"}') as never),
      /cannot be named __proto__/,
    ],
  ];
  for (const [what, call, message] of BAD) {
    it(`refuses ${what}`, () => assert.throws(call, { message }));
  }

  it("a name that looks like code is only a name", () => {
    const name = '"]; process.exit(3); ["';
    const Odd = struct({ [name]: "i8" } as Record<string, "i8">);
    const odd = new Odd({ [name]: 5 });
    assert.equal((odd as Record<string, number>)[name], 5);
  });
});

describe("struct: printing and memory", () => {
  it("prints as its fields", () => {
    assert.equal(inspect(new Vector({ x: 1 })), "Vector { x: 1, y: 0 }");
    assert.equal(JSON.stringify(Vector.array(1)), '[{"x":0,"y":0}]');
  });

  it("its memory comes back", async () => {
    const use = (): number => heapUse().usedBytes;
    const before = use();
    for (let i = 0; i < 200; i++) {
      const people = Person.array([{ name: "somebody whose name is kept in a block" }, {}]);
      const friend = new Person({ name: "a friend", friend: people[0]! });
      friend.friend = shared({ just: ["some", "data"] });
      people[1]!.friend = friend;
    }
    await collectGarbage();
    await until(() => use() <= before + 20_000, { what: "structs to be reclaimed" });
    assertHeapSound();
  });
});
