/**
 * The sources under test, on the modelled word, and the isolates that their threads pretend to be.
 *
 * Thread `n` of a model is the thread with ident `n + 1` on isolate `n + 1`; the code that sets up and
 * looks on is ident 9 on isolate 9. What core keeps in JavaScript for each isolate is fresh before each
 * run of a body.
 */
import "./hook.ts";
import assert from "node:assert/strict";
import type { Addr } from "../../src/core/word.ts";
import { inspect, type Report } from "./explore.ts";
import { i32 } from "../../src/core/memory.ts";
import type { Model } from "./model.ts";
import { scratch } from "./reserve.ts";

export const word: typeof import("../../src/core/word.ts") = await import("../../src/core/word.ts");
export const layout: typeof import("../../src/core/layout.ts") = await import("../../src/core/layout.ts");
export const self: typeof import("../../src/core/self.ts") = await import("../../src/core/self.ts");
export const line: typeof import("../../src/core/line.ts") = await import("../../src/core/line.ts");
export const deadline: typeof import("../../src/core/deadline.ts") = await import(
  "../../src/core/deadline.ts"
);
export const park: typeof import("../../src/core/park.ts") = await import("../../src/core/park.ts");
export const platform: typeof import("./platform.ts") = await import("./platform.ts");
export const mutex: typeof import("../../src/core/mutex.ts") = await import("../../src/core/mutex.ts");
export const sequence: typeof import("../../src/core/sequence.ts") = await import(
  "../../src/core/sequence.ts"
);
export const heap: typeof import("../../src/core/heap.ts") = await import("../../src/core/heap.ts");
export const recovery: typeof import("../../src/core/recovery.ts") = await import(
  "../../src/core/recovery.ts"
);
export const pages: typeof import("../../src/core/pages.ts") = await import("../../src/core/pages.ts");

const { ASYNC_HIGH, ISOLATES_HIGH, NEXT_TICKET } = layout.HEADER;
const ONLOOKER = 8;

export { scratch };

export function identOf(thread: number): number {
  return thread + 1;
}

/** Puts an isolate's JavaScript state back to fresh, and becomes it. */
export function become(thread: number): void {
  const index = thread < 0 ? ONLOOKER : thread;
  self.adopt(identOf(index), 0 as Addr, identOf(index));
  heap.swapCaches(undefined);
}

/** The isolates' records, with nobody waiting for anything. */
export function resetIsolates(threads: number): void {
  word.store(ISOLATES_HIGH as Addr, threads + 1);
  word.store(ASYNC_HIGH as Addr, 0);
  word.store(NEXT_TICKET as Addr, 0);
  for (let record = 0; record < threads; record += 1) clearWaiter(layout.asyncWaiterAt(record), line.FREE);
  for (let isolate = 1; isolate <= threads; isolate += 1) {
    clearWaiter(layout.blockingWaiterAt(isolate), line.IDLE);
    word.store(layout.field(layout.isolateAt(isolate), layout.ISOLATE.ASYNC), 0);
  }
}

function clearWaiter(waiter: Addr, state: number): void {
  for (const offset of Object.values(layout.WAITER)) word.store(layout.field(waiter, offset), 0);
  word.store(layout.field(waiter, layout.WAITER.STATE), state);
}

/** What the supervisor does when a thread died, as the thread's isolate ended with it. */
export function recover(_: unknown, victim: number): void {
  recovery.recover(identOf(victim), identOf(victim));
}

/**
 * Where the records are that `eachRecord` walks: what stands there does not change while nobody makes
 * records, except the words of those under test. `but` is the record under test.
 */
export function inRecords(addr: number, but: number): boolean {
  const page = pages.pageOf(addr as Addr);
  if (page < layout.FIRST_PAGE || page === pages.pageOf(scratch(0)) || (addr >= but && addr < but + 64))
    return false;
  const state = i32[layout.pageWordAt(page) >> 2]!;
  return pages.kindOf(state) === pages.PAGE.SMALL && pages.classOf(state) === 0;
}

/** Everybody has left every line. */
export function assertNobodyWaits(threads: number): void {
  for (let isolate = 1; isolate <= threads; isolate += 1) {
    const addr = word.load(layout.field(layout.blockingWaiterAt(isolate), layout.WAITER.ADDR));
    assert.equal(addr, 0, `the waiter of isolate ${isolate} is still in a line`);
  }
  for (let record = 0; record < threads; record += 1) {
    const addr = word.load(layout.field(layout.asyncWaiterAt(record), layout.WAITER.ADDR));
    assert.equal(addr, 0, `async waiter ${record} is still in a line`);
  }
}

/** Names of the words of core's records, for printed schedules. */
export function labelOf(addr: number): string | undefined {
  for (const [name, offset] of Object.entries(layout.HEADER)) if (addr === offset) return name;
  for (let isolate = 1; isolate <= ONLOOKER + 1; isolate += 1) {
    const waiter = layout.blockingWaiterAt(isolate);
    const name = Object.entries(layout.WAITER).find(([, offset]) => waiter + offset === addr)?.[0];
    if (name !== undefined) return `waiter${isolate}.${name}`;
    const async = layout.asyncWaiterAt(isolate - 1);
    const field = Object.entries(layout.WAITER).find(([, offset]) => async + offset === addr)?.[0];
    if (field !== undefined) return `async${isolate}.${field}`;
    if (addr === layout.isolateAt(isolate) + layout.ISOLATE.ASYNC) return `isolate${isolate}.ASYNC`;
  }
  return undefined;
}

/** Explores a model over core, all of it, or throws with the failing schedule. */
export function prove<S>(model: Model<S>, least = 2): Report {
  const report = inspect<S>({ enter: become, label: (_, addr) => labelOf(addr), ...model });
  if (report.failure !== undefined) {
    throw new Error(
      `${model.name}: ${report.text}\nReplay: HEDDLE_MODEL_REPLAY='${model.name}@${report.schedule}'`,
      { cause: report.failure.cause },
    );
  }
  if (report.schedule !== undefined) {
    process.stdout.write(`# ${model.name}, one schedule: ${report.text}\n`);
    return report;
  }
  const { schedules, merged, states, operations, ms } = report;
  process.stdout.write(
    `# ${model.name}: ${schedules} schedules, ${merged} merged, ${states} states, ${operations} operations, ${Math.round(ms)} ms\n`,
  );
  assert.ok(report.complete, `${model.name}: a limit ended the search after ${schedules} schedules`);
  assert.ok(schedules >= least, `${model.name}: only ${schedules} schedules`);
  return report;
}
