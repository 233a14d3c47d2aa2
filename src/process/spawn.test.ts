import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsForChild } from "./spawn.ts";

test("flagsForChild() leaves out what says what to run or how it is watched, with the values behind it", () => {
  const kept = ["--max-old-space-size=64", "--import", "./hooks.mjs", "-r", "./more.cjs", "--expose-gc"];
  assert.deepEqual(flagsForChild(kept), kept);
  const dropped = [
    ["-e", "console.log(1)\n//"],
    ["--eval=console.log(1)\n//"],
    ["-p", "1"],
    ["--input-type=module"],
    ["--test-name-pattern", "a name"],
    ["--test", "--watch-path", "src"],
    ["--inspect-port=9230"],
  ];
  for (const flags of dropped) assert.deepEqual(flagsForChild([...flags, ...kept, ...flags]), kept, flags[0]);
});
