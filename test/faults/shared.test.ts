// Kills of threads that change shared objects, with a walk over all of them after each. test/stress has the long version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { shared } from "../../src/api/index.ts";
import { Random } from "../support/random.ts";
import { dropAll, killSharers } from "../support/shared-kills.ts";

test("terminate() of threads that change shared objects leaves every one of them whole", (t) => {
  const random = new Random();
  t.diagnostic(`HEDDLE_SEED=${random.seed}`);
  assert.equal(killSharers(60, random, 2), 0, `HEDDLE_SEED=${random.seed} repeats the choices`);
});

test("heapStatistics() is back where it was when all that was shared has been dropped", (t) => {
  const random = new Random();
  t.diagnostic(`HEDDLE_SEED=${random.seed}`);
  dropAll(500, random); // names get their numbers, threads their records
  const left = dropAll(3000, random);
  assert.equal(left.objects, 0, `HEDDLE_SEED=${random.seed} repeats the choices`);
  assert.ok(left.bytes < 16_384, `${left.bytes} bytes stayed`);
});

test("join() and toString() of shared arrays that contain themselves leave those out, as ordinary ones do", () => {
  const list = shared([1, [2]] as unknown[]);
  list.push(list);
  assert.equal(list.join("-"), "1-2-");
  assert.equal(String(list), "1,2,");
});

test("shared() of a Set with a Date in it: the copy could not be looked up", () => {
  assert.throws(
    () => shared({ days: new Set([new Date(0)]) }),
    /Cannot share the value\.days\.values\(\): it is a Date/,
  );
});
