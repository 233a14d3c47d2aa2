// shared() arrays: every method and every use against the ordinary array, by one thread.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shared } from "../../src/api/index.ts";
import { Random } from "../support/random.ts";

type Program = (list: unknown[]) => unknown;

/** Elements at 0 and 2 of 5 places. */
function withHoles(): unknown[] {
  const list: unknown[] = [5];
  list[2] = 7;
  list.length = 5;
  return list;
}

/** Runs a program on an ordinary array and on a shared one: same result, same array afterwards. */
function same(initial: readonly unknown[], program: Program, text: string): void {
  const plain = initial.slice();
  const list = shared(initial.slice());
  const expected = program(plain);
  const actual = program(list);
  assert.deepEqual(actual === list ? "itself" : actual, expected === plain ? "itself" : expected, text);
  assert.deepEqual(list.slice(), plain, `the array after ${text}`);
  assert.equal(list.length, plain.length);
  assert.deepEqual(Object.keys(list), Object.keys(plain), `holes after ${text}`);
}

const STARTS: readonly unknown[][] = [
  [],
  [1],
  [3, 1, 2],
  ["b", "a long string of words", null, undefined, true, 4n, -0],
  withHoles(),
];

const PROGRAMS: readonly [string, Program][] = [
  ["push", (l) => l.push(1, "two", null)],
  ["push nothing", (l) => l.push()],
  ["pop", (l) => [l.pop(), l.pop()]],
  ["shift", (l) => [l.shift(), l.shift()]],
  ["unshift", (l) => l.unshift("x", "a string that is longer")],
  ["unshift again and again", (l) => [l.unshift(1), l.unshift(2), l.unshift(3), l.shift()]],
  ["splice()", (l) => (l as unknown as { splice(): unknown }).splice()],
  ["splice(1)", (l) => l.splice(1)],
  ["splice(-2, 1, …)", (l) => l.splice(-2, 1, "new", "newer")],
  ["splice(0, 0, …)", (l) => l.splice(0, 0, 9)],
  ["splice(1, NaN)", (l) => l.splice(1, Number.NaN)],
  ["slice", (l) => [l.slice(), l.slice(1), l.slice(-2, -1)]],
  ["concat", (l) => [l.concat([1], 2), [0].concat(l as never)]],
  ["reverse", (l) => l.reverse()],
  ["sort", (l) => l.sort()],
  ["sort by", (l) => l.sort((a, b) => String(b).length - String(a).length)],
  ["fill", (l) => l.fill("f", 1)],
  ["copyWithin", (l) => l.copyWithin(0, 1)],
  ["length 1", (l) => (l.length = 1)],
  ["length 8", (l) => (l.length = 8)],
  ["delete", (l) => Reflect.deleteProperty(l, 1)],
  ["far index", (l) => (l[12] = "far")],
  ["index write", (l) => ((l[0] = "zero"), (l[1] = 1.5))],
  ["in", (l) => [0 in l, 1 in l, 100 in l, "length" in l, "push" in l]],
  ["at", (l) => [l.at(0), l.at(-1), l.at(99)]],
  ["includes", (l) => [l.includes(1), l.includes(undefined), l.includes(Number.NaN)]],
  ["indexOf", (l) => [l.indexOf(1), l.lastIndexOf(2), l.indexOf(undefined)]],
  ["join", (l) => [l.join("-"), String(l)]],
  ["forEach", (l) => collect((push) => l.forEach((value, i) => push([value, i])))],
  ["map", (l) => l.map((value, i) => [value, i])],
  ["filter", (l) => l.filter((value) => typeof value === "number")],
  ["some, every", (l) => [l.some((v) => v === 1), l.every((v) => v === 1)]],
  ["find", (l) => [l.find((v) => v === 2), l.findIndex((v) => v === undefined), l.findLast((v) => v === 1)]],
  [
    "reduce",
    (l) => [
      l.reduce((sum, v) => `${String(sum)}${String(v)}`, ""),
      l.reduceRight((s, v) => `${String(s)}${String(v)}`, ""),
    ],
  ],
  ["flat, flatMap", (l) => [l.flat(), l.flatMap((v) => [v, v])]],
  ["iteration", (l) => [[...l], [...l.keys()], [...l.entries()], Array.from(l)]],
  ["destructuring", ([first, ...rest]) => [first, rest]],
  ["Object.entries", (l) => Object.entries(l)],
  ["spread into an object", (l) => ({ ...l })],
  ["JSON", (l) => JSON.stringify(l.filter((v) => typeof v !== "bigint"))],
  ["isArray", (l) => [Array.isArray(l), Object.prototype.toString.call(l)]],
  ["push in forEach", (l) => l.forEach((v) => l.length < 20 && l.push(v))],
];

function collect(run: (push: (value: unknown) => void) => void): unknown[] {
  const seen: unknown[] = [];
  run((value) => seen.push(value));
  return seen;
}

describe("shared array", () => {
  for (const [name, program] of PROGRAMS) {
    it(`${name} does what Array's does`, () => {
      for (const start of STARTS) same(start, program, name);
      assert.ok(STARTS.length > 0);
    });
  }

  it("is as an ordinary one after any sequence of changes", () => {
    const random = new Random();
    for (let round = 0; round < 60; round++) {
      const steps = Array.from({ length: 25 }, () => [random.below(STEPS.length), random.below(9)] as const);
      same(
        [1, 2, 3],
        (l) => steps.forEach(([step, n]) => void STEPS[step]?.(l, n)),
        `HEDDLE_SEED=${random.seed}`,
      );
    }
    assert.ok(STEPS.length > 5);
  });

  it("refuses properties that are no elements, and lengths that are none", () => {
    const list = shared([1]) as number[] & { extra?: number };
    assert.throws(() => (list.extra = 1), {
      name: "TypeError",
      message: /^Cannot set extra of a shared array/,
    });
    for (const length of [-1, 1.5, 2 ** 32]) assert.throws(() => (list.length = length), RangeError);
    assert.throws(() => Object.freeze(list), TypeError);
    assert.throws(() => (list[2 ** 31] = 1), { name: "HeapExhaustedError" });
    assert.deepEqual([...list], [1]);
  });
});

const STEPS: readonly ((l: unknown[], n: number) => unknown)[] = [
  (l, n) => l.push(n),
  (l, n) => l.push(`a longer string ${n}`),
  (l) => l.pop(),
  (l) => l.shift(),
  (l, n) => l.unshift(n),
  (l, n) => l.splice(n, 2, `inserted ${n}`),
  (l, n) => l.splice(n, 1),
  (l, n) => (l[n] = String(n)),
  (l) => l.reverse(),
  (l, n) => l.fill(n, 2, 4),
  (l, n) => (l.length = Math.min(l.length, n + 3)),
];
