import assert from "node:assert/strict";
import { test } from "node:test";
import { Patience } from "./patience.ts";

test("Patience.spin() looks once even where spinning cannot help", () => {
  assert.equal(
    new Patience(0).spin(() => true),
    true,
  );
  assert.equal(
    new Patience(0).spin(() => false),
    false,
  );
});

test("Patience.spin() gives up for a while after failures in a row, then tries again", () => {
  const patience = new Patience(1000);
  const turns = (): number => {
    let count = 0;
    patience.spin(() => (count++, false));
    patience.slept(0);
    return count;
  };
  const counts = Array.from({ length: 80 }, turns);
  assert.ok(Math.max(...counts.slice(0, 6)) > 100);
  assert.ok(Math.max(...counts.slice(6, 60)) < 20);
  assert.ok(Math.max(...counts.slice(60)) > 100);
});
