// What only refers to itself is collected, structs included; what somebody can reach stays. The thread that made it is terminated, so that nothing depends on when the engine finalizes its handles.
import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, Event, heapStatistics, shared, spawn, struct } from "../../src/api/index.ts";
import { PATIENCE_MS } from "../support/threads.ts";
import { untilSync } from "../support/until.ts";

interface Knot {
  value?: number;
  node?: unknown;
  list?: unknown[];
}

/** Runs a body in a thread of its own that is terminated when the body is done. */
function inOneThatDies(body: () => void): void {
  const done = new Event();
  const never = new Event();
  const thread = spawn(() => {
    body();
    done.set();
    never.wait();
  });
  assert.ok(done.wait(PATIENCE_MS));
  thread.terminate();
  assert.ok(thread.join(PATIENCE_MS));
}

/** Waits until collections have brought the shared things down to so many. */
function untilObjects(most: number): void {
  const few = (): boolean => collect() >= 0 && heapStatistics().objects <= most;
  untilSync(few, { what: `at most ${most} shared things`, deadlineMs: PATIENCE_MS });
}

const Inner = struct({ n: "i32", next: "ref" });
const Outer = struct({ name: "string", inner: Inner, many: [Inner, 2] });

test("collect() finds circles through references of structs, of their parts and of their arrays", () => {
  assert.ok(Inner.byteSize > 0 && Outer.byteSize > 0);
  inOneThatDies(() => void shared({ list: [] }));
  untilObjects(heapStatistics().objects);
  const before = heapStatistics();
  inOneThatDies(() => {
    for (let i = 0; i < 50; i++) {
      const alone = new Inner();
      alone.next = shared({ node: alone });
      const whole = new Outer();
      whole.inner.next = shared({ list: [whole.inner, new Map([["whole", whole]])] });
      whole.many[1]!.next = whole;
      const several = Inner.array(3);
      several[2]!.next = shared([several, several[0]]);
      const [first, second] = [new Inner(), new Inner()];
      first.next = shared([second]);
      second.next = shared([first]);
    }
  });
  untilObjects(before.objects);
  const bytes = heapStatistics().usedBytes - before.usedBytes;
  assert.ok(bytes < 32_768, `${bytes} bytes stayed`);
});

test("collect() leaves what can be reached through a struct only", () => {
  const root = shared({} as Knot);
  const outside = new Inner();
  inOneThatDies(() => {
    const node = new Inner();
    node.next = shared({ value: 1, list: [node] } as Knot);
    root.node = node;
    const whole = new Outer({ name: "whole" });
    whole.many[1]!.next = shared({ value: 2 } as Knot);
    outside.next = shared({ node: whole.many[1] } as Knot);
  });
  for (let i = 0; i < 3; i++) collect();
  const node = root.node as InstanceType<typeof Inner>;
  assert.equal((node.next as Knot).value, 1);
  assert.equal((node.next as Knot).list?.[0], node);
  const part = (outside.next as Knot).node as InstanceType<typeof Inner>;
  assert.equal((part.next as Knot).value, 2);
});
