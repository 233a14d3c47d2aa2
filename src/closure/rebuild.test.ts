/** What was captured is rebuilt in the same isolate, as if it had come from another. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { test } from "node:test";
import { store, storeLenient, take } from "../value/message.ts";
import { setOriginShortcuts } from "../value/origin.ts";
import "./index.ts";

setOriginShortcuts(false);
const copy = <T>(value: T): T => take(store(value, "the value")) as T;

const five = 5;
const settings = { list: [1, 2], when: new Date(3) };
function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);
const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);

class Shape {
  static made = 0;
  static readonly all: Shape[] = [];
  static #secret = 40;
  static reveal(): number {
    return Shape.#secret + Shape.made;
  }
  static {
    Shape.made = 2;
  }
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  get doubled(): number {
    return this.size * 2;
  }
  area(): number {
    return this.size + five;
  }
}
Shape.all.push(new Shape(9));
class Circle extends Shape {
  readonly from: number[] = settings.list;
  override area(): number {
    return super.area() * 10;
  }
}
class ProgramError extends Error {
  readonly detail: number;
  constructor(message: string, detail: number) {
    super(message);
    this.name = "ProgramError";
    this.detail = detail;
  }
}

const cases: readonly (readonly [fact: string, actual: () => unknown, expected: unknown])[] = [
  ["a constant", () => copy(() => five + 1)(), 6],
  ["data, as a copy", () => copy(() => settings)() !== settings && copy(() => settings)().list[1], 2],
  ["itself, to recur", () => copy(factorial)(5), 120],
  ["another function that needs it", () => copy(isEven)(11), false],
  ["its parameters' defaults", () => copy((a = five, { b = settings.list } = {}) => [a, b])(), [5, [1, 2]]],
  ["imported bindings", () => copy(() => [typeof readFileSync, path.join("a", "b")])(), ["function", "a/b"]],
  ["import.meta", () => copy(() => import.meta.url)(), import.meta.url],
  [
    "a name of its own",
    () =>
      copy(function own(n: number): string {
        return n === 0 ? own.name : own(n - 1);
      })(2),
    "own",
  ],
  ["properties of its own", () => copy(Object.assign(() => five, { unit: "mm" })).unit, "mm"],
  ["its inferred name", () => copy(isEven).name, "isEven"],
  ["a loop's variable", () => [1, 2].map((n) => copy(() => n)()), [1, 2]],
  [
    "a method",
    () =>
      copy({
        run: 1,
        go(n: number) {
          return n + this.run + five;
        },
      }).go(1),
    7,
  ],
  [
    "a method with a computed key",
    () =>
      copy({
        [["dy", "namic"].join("")]() {
          return five;
        },
      })["dynamic"]?.(),
    5,
  ],
  [
    "accessors",
    () =>
      copy({
        a: 2,
        get double() {
          return this.a * 2;
        },
      }).double,
    4,
  ],
  [
    "a generator method",
    () => [
      ...copy({
        *[Symbol.iterator]() {
          yield five;
        },
      }),
    ],
    [5],
  ],
  [
    "the native functions it uses",
    () => copy([Math.max, readFileSync, structuredClone]),
    [Math.max, readFileSync, structuredClone],
  ],
];
for (const [fact, actual, expected] of cases) {
  test(`a rebuilt function has ${fact}`, () => assert.deepEqual(actual(), expected));
}

test("rebuilt async functions and generators are such", async () => {
  assert.equal(await copy(async () => five)(), 5);
  const seen: number[] = [];
  for await (const n of copy(async function* () {
    yield five;
    yield* [1, 2];
  })())
    seen.push(n);
  assert.deepEqual(seen, [5, 1, 2]);
});

test("a rebuilt function imports modules from its own file's place", async () => {
  const imported = await copy(() => import("../errors.js"))();
  assert.equal(typeof imported.CaptureError, "function");
});

test("an error in a rebuilt function names its own file and line", () => {
  const fail = (): never => {
    throw new Error("here");
  };
  const line = (action: () => never): string | undefined => {
    try {
      return action();
    } catch (error) {
      return (error as Error).stack?.split("\n")[1];
    }
  };
  assert.equal(line(copy(fail)), line(fail));
  assert.match(line(copy(fail)) ?? "", /rebuild\.test\.js:\d+:\d+/);
});

test("functions made by a rebuilt function can be captured again", () => {
  const make = copy((a: number) => (b: number) => a + b + five);
  assert.equal(copy(make(1))(1), 7);
  assert.equal(copy(copy(make(1)))(2), 8);
});

test("a rebuilt class has its methods, accessors, fields and superclass", () => {
  const [circle, shape] = copy([new Circle(1), new Shape(1)] as const);
  assert.equal(circle.area(), 60);
  assert.equal(circle.doubled, 2);
  assert.deepEqual(circle.from, [1, 2]);
  assert(circle instanceof (shape.constructor as typeof Shape));
  assert.deepEqual(new (circle.constructor as typeof Circle)(2).from, [1, 2]);
  assert.equal(circle.constructor.name, "Circle");
});

test("a rebuilt class has the static state of now and is initialised once", () => {
  Shape.made = 7;
  const Copy = copy(Shape);
  assert.equal(Copy.made, 7);
  assert.equal(Copy.reveal(), 47);
  assert.equal(Copy.all.length, 1);
  assert(Copy.all[0] instanceof Copy);
});

test("a rebuilt class extends what its own extended", () => {
  const Mixed = ((Base: typeof Shape) =>
    class extends Base {
      twice(): number {
        return this.area() * 2;
      }
    })(Shape);
  assert.equal(copy(new Mixed(1)).twice(), 12);
  class List extends Array<number> {
    last(): number | undefined {
      return this.at(-1);
    }
  }
  assert.equal(copy(List.from([1, 2]) as List).last(), 2);
  class Bus extends EventEmitter {}
  assert(new (copy(Bus))() instanceof EventEmitter);
  class Nothing extends (null as unknown as ObjectConstructor) {
    static answer = five;
  }
  assert.equal(copy(Nothing).answer, 5);
});

test("a rebuilt class has computed members", () => {
  const name = "made";
  const tag = Symbol("tag");
  class Computed {
    // @ts-expect-error -- a name that only the run knows
    static [`${name}Of`] = [1];
    [name](): number {
      return five;
    }
    get [tag](): number {
      return five + 1;
    }
  }
  const Copy = copy({ Computed, tag });
  assert.equal(new Copy.Computed().made(), 5);
  assert.equal(new Copy.Computed()[Copy.tag as typeof tag], 6);
  assert.deepEqual(Copy.Computed["madeOf" as never], [1]);
});

test("classes may refer to each other", () => {
  class Left {
    right(): Right {
      return new Right();
    }
  }
  class Right {
    left(): Left {
      return new Left();
    }
  }
  const Copy = copy(Left);
  assert(new Copy().right().left() instanceof Copy);
});

test("what was added to a class or its prototype travels, too", () => {
  class Open {
    base(): number {
      return 1;
    }
  }
  const before = Open.prototype.base;
  Open.prototype.base = function (): number {
    return before.call(this) + five;
  };
  Object.defineProperty(Open.prototype, "extra", { get: () => five, configurable: true });
  const result = copy(new Open()) as Open & { extra: number };
  assert.equal(result.base(), 6);
  assert.equal(result.extra, 5);
});

test("constructor functions keep their prototype methods and parents", () => {
  type Old = { a: number; get(): number; twice(): number };
  function Parent(this: Old, a: number): void {
    this.a = a;
  }
  Parent.prototype.get = function (this: Old): number {
    return this.a + five;
  };
  function Child(this: Old, a: number): void {
    Parent.call(this, a);
  }
  Child.prototype = Object.create(Parent.prototype as object, { constructor: { value: Child } });
  Child.prototype.twice = function (this: Old): number {
    return this.get() * 2;
  };
  const child = Reflect.construct(Child, [1]) as Old;
  assert.equal(copy(child).twice(), 12);
});

test("an error of the program's own class arrives whole", () => {
  const [error, Class] = copy([new ProgramError("text", 4), ProgramError] as const);
  assert(error instanceof Class);
  assert.deepEqual([error.message, error.name, error.detail], ["text", "ProgramError", 4]);
});

test("storeLenient() keeps the class of an error that has private members", () => {
  class Guarded extends Error {
    #token = 1;
    token(): number {
      return this.#token;
    }
  }
  const [error, Class] = take(storeLenient([new Guarded("text"), Guarded], "an error")) as [
    Error,
    typeof Guarded,
  ];
  assert(error instanceof Class);
  assert.equal(error.message, "text");
  assert.throws(() => error.token(), TypeError);
});

test("objects with functions may be cyclic", () => {
  const object: { self?: () => unknown } = {};
  object.self = () => object;
  const result = copy(object);
  assert.equal(result.self?.(), result);
});

test("what comes home is the same object again", () => {
  setOriginShortcuts(true);
  try {
    const fn = (): number => five;
    const result = copy({ fn, Shape, error: new ProgramError("text", 1) });
    assert.equal(result.fn, fn);
    assert.equal(result.Shape, Shape);
    assert(result.error instanceof ProgramError);
  } finally {
    setOriginShortcuts(false);
  }
});
