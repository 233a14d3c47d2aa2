// A stack that overflows around changes of shared things: each one is done or not done, and nothing stays locked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dumpThreads, shared, spawn, struct, update } from "../../src/api/index.ts";
import { CONTAINER } from "../../src/core/container-layout.ts";
import { isInside } from "../../src/core/gate.ts";
import { eachContainer } from "../../src/core/heap.ts";
import { field } from "../../src/core/layout.ts";
import { ownerOf } from "../../src/core/mutex.ts";
import { load } from "../../src/core/word.ts";
import { assertContainersWhole } from "../support/container-walk.ts";
import { PATIENCE_MS } from "../support/threads.ts";

const object = shared({ a: 1 } as Record<string, unknown>);
const list = shared([1, 2, 3] as unknown[]);
const map = shared(new Map<unknown, unknown>([["a", 1]]));
const set = shared(new Set<unknown>());

let turn = 0;
const DEEDS: readonly (() => unknown)[] = [
  () => (object["a"] = ++turn),
  () => (object[`key${turn % 20}`] = { n: ++turn }),
  () => delete object[`key${(turn + 7) % 20}`],
  () => object[`key${turn % 20}`],
  () => list.push(++turn),
  () => list.push({ n: ++turn }, "a text that needs a block"),
  () => list.pop(),
  () => list.shift(),
  () => list.splice(1, 1, [turn]),
  () => list.length > 30 && (list.length = 3),
  () => map.set("a", ++turn),
  () => map.set(`a longer key ${turn % 20}`, new Map([[1, { turn }]])),
  () => map.delete(`a longer key ${(turn + 5) % 20}`),
  () => map.get(`a longer key ${turn % 20}`),
  () => update(map, "a", (n) => (typeof n === "number" ? n + 1 : 0)),
  () => [...map.values()].length,
  () => set.add(turn % 9) && set.delete((turn + 4) % 9),
  () => shared({ turn: [turn] }),
];

/** Deeds that met the end of the stack. */
let failed = 0;

/** Calls with so many arguments more: 8 bytes each on the stack. */
function padded(deed: () => unknown, ..._padding: readonly number[]): void {
  try {
    deed();
  } catch {
    failed += 1; // no call: there may be no room for one
  }
}

/** Goes down until nothing fits any more, comes up again by so many frames, and does the deed there. */
function dive(deed: () => unknown, frames: number, pads: readonly number[]): void {
  let level = 0;
  const down = (): void => {
    try {
      down();
    } catch {}
    level += 1;
    if (level === frames) padded(deed, ...pads);
  };
  down();
}

/** Nobody is in the middle of a change, so nothing may be locked. */
function assertUnlocked(what: string): void {
  assert.equal(isInside(), false, `${what} did not leave the gate`);
  eachContainer((c) => {
    assert.equal(ownerOf(load(field(c, CONTAINER.LOCK))), 0, `${what} left LOCK of ${c} (kind ${load(c)})`);
  });
}

const PADS = Array.from({ length: 8 }, () => 0);
const STEPS = 8 * 24;

test("a stack overflow in the middle of any change leaves shared things whole and unlocked", () => {
  padded(() => 0); // so that it is compiled: the engine needs much room for that
  for (const deed of DEEDS) {
    // First while what it calls was not compiled yet, then from everywhere near the end.
    for (let frames = 20; frames < 1000; frames += 40) dive(deed, frames, PADS);
    assertUnlocked(deed.toString());
    padded(deed);
    for (let step = 0; step < STEPS; step++) {
      dive(deed, 1 + (step >> 3), PADS.slice(0, step & 7));
      assertUnlocked(`${deed.toString()}, ${step >> 3} frames from the end,`);
    }
  }
  assert.ok(failed > DEEDS.length, `only ${failed} changes met the end of the stack`);
  const other = spawn(() => {
    object["other"] = { n: 1 };
    list.push("other");
    map.set("other", [1]);
    set.add("other");
  });
  assert.ok(other.join(PATIENCE_MS), dumpThreads());
  assert.equal(map.has("other") && set.has("other") && "other" in object && list.at(-1) === "other", true);
  assert.doesNotThrow(() => assertContainersWhole(true));
});

test("a long list of structs is given back without recursion", () => {
  const Node = struct({ next: "ref" });
  const holder = shared([] as unknown[]);
  spawn(() => {
    let head = new Node();
    for (let i = 0; i < 20_000; i++) {
      const node = new Node();
      node.next = head;
      head = node;
    }
    holder.push(head);
  }).join();
  assert.doesNotThrow(() => (holder.length = 0));
  assert.doesNotThrow(() => assertContainersWhole());
});
