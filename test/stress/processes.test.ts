// Stress: mutated frames, process starts, and children killed wherever they are.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { AbandonedLockError, sleep } from "heddle";
import { activeChildren, Condition, Lock, Pipe, Process, Queue, Semaphore } from "heddle/multiprocessing";
import { fuzzFrames, randomFrom } from "../faults/frames.ts";

const SEED: number = Number(process.env["HEDDLE_SEED"] ?? Date.now() % 2 ** 31);
const PATIENCE_MS = 60_000;

test(`frames: 100,000 mutated ones (HEDDLE_SEED=${SEED})`, () => {
  fuzzFrames(100_000, SEED);
});

const exiting = (code: number): Process =>
  new Process({ target: (c: number) => process.exit(c), args: [code] }).start();

/** What this process has open, seen from outside; 0 where the platform does not tell. */
function descriptors(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}
/** The same, when heddle's supervisor is there with what it keeps open itself: its event loop. */
function descriptorsOnceWarm(): number {
  exiting(0).join(PATIENCE_MS);
  return descriptors();
}
/** A process that is kept ready for the next start has a channel. */
const SPARE = 4;

test("1,000 process starts: each ends with its own code, nothing is left open", () => {
  const before = descriptorsOnceWarm();
  for (let i = 0; i < 500; i++) {
    const pair = [exiting(i % 200), exiting((i + 1) % 200)];
    for (const child of pair) assert.ok(child.join(PATIENCE_MS));
    assert.deepEqual(
      pair.map((child) => child.exitcode),
      [i % 200, (i + 1) % 200],
    );
  }
  assert.deepEqual(activeChildren(), []);
  assert.ok(descriptors() <= before + SPARE);
});

test(`200 children that hold, wait, send or receive are killed at random: no hang, nothing left (HEDDLE_SEED=${SEED})`, () => {
  const random = randomFrom(SEED);
  const queue = new Queue<number>(4);
  const bodies: ((
    lock: Lock,
    end: ReturnType<typeof Pipe>[0],
    seats: Semaphore,
    changed: Condition,
  ) => void)[] = [
    (lock) => {
      for (;;) lock.with(() => {});
    },
    (_lock, end) => {
      for (;;) end.send("x".repeat(1000));
    },
    (_lock, end) => {
      for (;;) end.recv();
    },
    () => {
      for (let i = 0; ; i++) queue.put(i);
    },
    () => {
      for (;;) queue.get();
    },
    (_lock, _end, seats) => {
      for (;;) if (seats.acquire(1)) seats.release();
    },
    (_lock, _end, _seats, changed) => {
      for (;;) changed.with(() => changed.wait(5));
    },
  ];
  const before = descriptorsOnceWarm();
  for (let n = 0; n < 200; n += 2) {
    const children = [0, 1].map(() => {
      const lock = new Lock();
      const [mine, its] = Pipe();
      const body = bodies[Math.floor(random() * bodies.length)] as (typeof bodies)[0];
      const args = [lock, its, new Semaphore(1), new Condition()];
      const child = new Process({ target: body as never, args: args as never }).start();
      its.close();
      return { child, lock, mine };
    });
    sleep(random() * 120);
    for (const { child } of children) child.kill();
    for (const { child, lock, mine } of children) {
      assert.ok(child.join(PATIENCE_MS));
      assert.equal(child.exitcode, -9);
      try {
        if (lock.acquire(PATIENCE_MS)) lock.release();
      } catch (error) {
        assert.ok(error instanceof AbandonedLockError);
        assert.equal(lock.recover(), true);
      }
      assert.throws(
        () => {
          for (;;) mine.recv();
        },
        { name: "EOFError" },
      );
      mine.close();
    }
  }
  assert.deepEqual(activeChildren(), []);
  assert.ok(descriptors() <= before + SPARE);
});
