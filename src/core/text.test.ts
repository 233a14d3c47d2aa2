import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { spawn } from "../api/index.ts";
import { resultOf } from "../../test/support/threads.ts";
import { free, heapUse } from "./heap.ts";
import { readText, writeText } from "./text.ts";
import type { Addr } from "./word.ts";

const TEXTS = [
  "",
  "a",
  "loom",
  "héddle – ünïcode",
  "👩‍👩‍👧 🧵",
  "\ud800 unpaired \udc00",
  "\0\n\t",
  "x".repeat(20_000),
];

describe("text", () => {
  for (const text of TEXTS) {
    it(`readText() gives back what writeText() wrote: ${JSON.stringify(text.slice(0, 20))}`, () => {
      const block = writeText(text);
      assert.equal(readText(block), text);
      free(block);
    });
  }

  it("readText() of no block is empty", () => {
    assert.equal(readText(0 as Addr), "");
  });

  it("writeText() takes one block, as long as the text asks", () => {
    const { blocks } = heapUse();
    const block = writeText("weft");
    assert.equal(heapUse().blocks, blocks + 1);
    free(block);
    assert.equal(heapUse().blocks, blocks);
  });

  it("readText() reads in one thread what another wrote", () => {
    const block = writeText("warp 🧵");
    const [read, answer] = resultOf(
      spawn((a: number) => [readText(a as Addr), writeText("weft")] as const, block),
    );
    assert.deepEqual([read, readText(answer)], ["warp 🧵", "weft"]);
    free(block);
    free(answer);
  });
});
