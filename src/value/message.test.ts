import assert from "node:assert/strict";
import { test } from "node:test";
import { heapUse } from "../core/heap.ts";
import { CaptureError } from "../errors.ts";
import { discard, load, store, storeLenient, take } from "./message.ts";
import { setSharedBufferPort } from "./shared-buffers.ts";

const copy = <T>(value: T): T => take(store(value, "the value")) as T;

/** The text of the CaptureError that storing a value throws. */
function refusal(value: unknown): string {
  try {
    discard(store(value, "the value"));
  } catch (error) {
    assert(error instanceof CaptureError);
    return error.message;
  }
  throw new assert.AssertionError({ message: "the value was stored" });
}

const samples: readonly (readonly [name: string, value: unknown])[] = [
  ["0 and -0", [0, -0]],
  ["NaN and the infinities", [Number.NaN, Infinity, -Infinity]],
  ["whole numbers of every size", [1, 127, 128, -1, -129, 2 ** 31, 2 ** 48, -(2 ** 48), 2 ** 53, -(2 ** 60)]],
  ["fractions", [0.1, -1.5, Number.MIN_VALUE, Number.MAX_VALUE]],
  ["bigints", [0n, -5n, 2n ** 64n, -(10n ** 60n)]],
  ["undefined, null, booleans", [undefined, null, true, false]],
  ["short texts", ["", "a", "é", "日本", "\u0000"]],
  ["long texts", ["x".repeat(5000), "é".repeat(5000), "日".repeat(5000)]],
  ["unpaired surrogates", ["\ud800", "a\udfff", "\udc00".repeat(100)]],
  ["an own __proto__ key", JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "then": 3}')],
  ["no prototype", Object.assign(Object.create(null) as object, { a: 1 })],
  [
    "maps and sets",
    new Map<unknown, unknown>([
      ["a", new Set([1, "b"])],
      [Number.NaN, 1],
    ]),
  ],
  ["regular expressions", [/a\/b/giu, /\n/]],
  ["boxed primitives", [Object(1), Object("text"), Object(false), Object(3n)]],
  [
    "views",
    [
      new Uint8Array([1, 2]),
      new Float64Array([1.5]),
      new BigInt64Array([-1n]),
      new DataView(new ArrayBuffer(3)),
    ],
  ],
  ["a Buffer", Buffer.from("text")],
  ["many bytes", new Uint8Array(100_000).fill(7)],
  ["symbols that all threads have", [Symbol.iterator, Symbol.for("shared")]],
  ["URLs", new URL("https://example.org/a?b=c#d")],
  ["platform values", [Math, JSON, Map, Array.prototype, process, console.log, Math.max]],
];
for (const [name, value] of samples) {
  test(`store() and load() keep ${name}`, () => assert.deepStrictEqual(copy(value), value));
}

test("store() keeps identity and cycles", () => {
  const inner = { list: [] as unknown[] };
  inner.list.push(inner, inner.list);
  const result = copy({ a: inner, b: inner });
  assert.equal(result.a, result.b);
  assert.equal(result.a.list[0], result.a);
  assert.equal(result.a.list[1], result.a.list);
});

test("store() keeps holes, undefined elements and own properties of arrays", () => {
  // oxlint-disable-next-line no-sparse-arrays -- the hole is the subject
  const array = Object.assign([1, undefined, , 4], { note: "x" });
  array.length = 6;
  const result = copy(array);
  assert.deepEqual(Object.keys(result), ["0", "1", "3", "note"]);
  assert.equal(result.length, 6);
});

test("store() writes of a sparse array what exists", () => {
  const array: number[] = [];
  array[50_000_000] = 1;
  const result = copy(array);
  assert.equal(result.length, 50_000_001);
  assert.deepEqual(Object.keys(result), ["50000000"]);
});

test("store() takes values 20,000 objects deep", () => {
  const root: { next?: object } = {};
  let last = root;
  for (let i = 0; i < 20_000; i++) {
    const next = {};
    last.next = next;
    last = next;
  }
  let depth = 0;
  for (let at: { next?: object } = copy(root); at.next !== undefined; at = at.next) depth++;
  assert.equal(depth, 20_000);
});

test("store() keeps flags of properties and how closed an object is", () => {
  const object = Object.defineProperty({ a: 1 }, "hidden", { value: 2, enumerable: false });
  assert.deepEqual(Object.getOwnPropertyDescriptors(copy(object)), Object.getOwnPropertyDescriptors(object));
  assert(Object.isFrozen(copy(Object.freeze([1]))));
  assert(Object.isSealed(copy(Object.seal({ a: 1 }))));
  assert(!Object.isExtensible(copy(Object.preventExtensions({ a: 1 }))));
});

test("store() keeps an invalid date and lastIndex", () => {
  const expression = /a/g;
  expression.lastIndex = 4;
  assert.equal(copy(expression).lastIndex, 4);
  assert(Number.isNaN(copy(new Date(Number.NaN)).getTime()));
});

test("store() keeps views of one buffer together", () => {
  const memory = new ArrayBuffer(16);
  const result = copy({ bytes: new Uint8Array(memory, 4, 4), all: new DataView(memory) });
  result.all.setUint8(4, 9);
  assert.equal(result.bytes[0], 9);
  assert.equal(result.bytes.length, 4);
});

test("store() sends of a pooled Buffer its own bytes only", () => {
  assert.equal(copy(Buffer.from("abc")).buffer.byteLength, 3);
});

test("store() sends a SharedArrayBuffer by what the port gives for it", () => {
  const kept: SharedArrayBuffer[] = [];
  setSharedBufferPort({
    deposit: (memory) => kept.push(memory) - 1,
    fetch: (id) => kept[id] as SharedArrayBuffer,
  });
  const memory = new SharedArrayBuffer(8);
  assert.equal(copy(memory), memory);
  assert.equal(copy(new Int32Array(memory)).buffer, memory);
});

test("store() keeps a symbol the same in one thread", () => {
  const symbol = Symbol("key");
  const result = copy({ [symbol]: 1, symbol });
  assert.equal((result as Record<symbol, unknown>)[result.symbol], 1);
  assert.equal(copy(symbol), symbol);
});

test("store() keeps errors whole", () => {
  const error = Object.assign(new TypeError("outer", { cause: new RangeError("inner") }), { detail: [1] });
  const result = copy(error);
  assert(result instanceof TypeError);
  assert(result.cause instanceof RangeError);
  assert.equal(result.stack, error.stack);
  assert.deepEqual(result.detail, [1]);
  assert.deepEqual(Object.keys(result), ["detail"]);
  const many = copy(new AggregateError([new Error("a"), 5], "many"));
  assert.equal((many.errors[0] as Error).message, "a");
  assert.equal(many.errors[1], 5);
  const reason = copy(AbortSignal.abort().reason as DOMException);
  assert(reason instanceof DOMException);
  assert.equal(reason.name, "AbortError");
});

test("store() sends errors of classes of Node's own as the nearest class that everyone has", () => {
  const error = copy(thrownBy(() => Buffer.alloc("x" as unknown as number)));
  assert(error instanceof TypeError);
  assert.equal((error as { code?: string }).code, "ERR_INVALID_ARG_TYPE");
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("store() refuses what cannot be copied and names the path to it", () => {
  assert.match(
    refusal({ a: { b: [1, Promise.resolve()] } }),
    /^Cannot send the value: a → b → \[1\] is a Promise/,
  );
  assert.match(refusal(new Map([["k", new WeakMap()]])), /get\("k"\) is a WeakMap/);
  assert.match(refusal({ proxy: new Proxy({}, {}) }), /proxy is a Proxy/);
  assert.match(refusal([new AbortController()]), /\[0\] is an AbortController, which belongs to the thread/);
  assert.match(refusal([[1].values()]), /function/);
  assert.match(refusal({ 'odd "key"': new WeakSet() }), /"odd \\"key\\"" is a WeakSet/);
});

test("storeLenient() puts a text where something cannot cross, and keeps the rest", () => {
  const socket = new AbortController();
  const error = Object.assign(new Error("failed"), {
    socket,
    again: [socket, { a: 1 }],
    pending: Promise.resolve(),
  });
  const result = take(storeLenient(error, "an error")) as Record<string, unknown>;
  assert.equal(result["message"], "failed");
  assert.equal(result["socket"], "[AbortController]");
  assert.deepEqual(result["again"], ["[AbortController]", { a: 1 }]);
  assert.equal(result["pending"], "[Promise]");
});

test("load() makes a new copy each time", () => {
  const message = store({ a: [1] }, "the value");
  const first = load(message);
  assert.deepEqual(first, load(message));
  assert.notEqual(first, load(message));
  discard(message);
});

test("take() and a refused store() leave no memory behind", () => {
  copy([new Uint8Array(100_000), "x".repeat(1000)]);
  const before = heapUse();
  for (let i = 0; i < 200; i++) {
    copy([new Uint8Array(100_000), { text: "x".repeat(1000) }]);
    refusal([new Uint8Array(100_000), Promise.resolve()]);
  }
  assert.deepEqual(heapUse(), before);
});
