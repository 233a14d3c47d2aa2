// Bodies that attract each other, in structs that all threads share. In each step every thread computes the
// forces on its own part of them, and a barrier keeps the steps apart. The answer is that of one thread.
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { Barrier, spawn, struct } from "heddle";

const Body = struct({ mass: "f64", x: "f64", y: "f64", vx: "f64", vy: "f64", ax: "f64", ay: "f64" });
type Bodies = typeof Body extends new (...args: never) => infer B ? readonly B[] : never;

const COUNT = 600;
const STEPS = 20;
const DT = 0.001;

/** Bodies at places that are the same in every run. */
function makeBodies(): Bodies {
  const bodies = Body.array(COUNT);
  for (const [i, body] of bodies.entries()) {
    body.mass = 1 + (i % 7);
    body.x = Math.cos(i) * (1 + i / COUNT);
    body.y = Math.sin(i) * (1 + i / COUNT);
  }
  return bodies;
}

/** The pull of all bodies on those of one part. */
function attract(bodies: Bodies, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const body = bodies[i]!;
    let [ax, ay] = [0, 0];
    for (const other of bodies) {
      const [dx, dy] = [other.x - body.x, other.y - body.y];
      const squared = dx * dx + dy * dy + 0.01;
      const pull = other.mass / (squared * Math.sqrt(squared));
      ax += dx * pull;
      ay += dy * pull;
    }
    body.ax = ax;
    body.ay = ay;
  }
}

function move(bodies: Bodies, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const body = bodies[i]!;
    body.vx += body.ax * DT;
    body.vy += body.ay * DT;
    body.x += body.vx * DT;
    body.y += body.vy * DT;
  }
}

/** Runs all steps with so many threads, and tells how long it took. */
function simulate(bodies: Bodies, threads: number): number {
  const barrier = new Barrier(threads);
  const part = (index: number): void => {
    const [from, to] = [(COUNT * index) / threads, (COUNT * (index + 1)) / threads].map(Math.floor);
    for (let step = 0; step < STEPS; step++) {
      attract(bodies, from!, to!);
      barrier.wait(); // nobody moves while others still look
      move(bodies, from!, to!);
      barrier.wait();
    }
  };
  const startedAt = performance.now();
  const workers = Array.from({ length: threads }, (_, index) => spawn(part, index));
  for (const worker of workers) worker.result();
  return performance.now() - startedAt;
}

const cores = Math.max(2, availableParallelism());
simulate(makeBodies(), cores); // warm: carriers are started and code is compiled
const [alone, together] = [makeBodies(), makeBodies()];
const aloneMs = simulate(alone, 1);
const togetherMs = simulate(together, cores);

assert.deepEqual(
  together.map(({ x, y }) => [x, y]),
  alone.map(({ x, y }) => [x, y]),
);
console.log(`${COUNT} bodies, ${STEPS} steps: the same answer with 1 thread and with ${cores}`);
console.log(
  `${aloneMs.toFixed(0)} ms and ${togetherMs.toFixed(0)} ms: ${(aloneMs / togetherMs).toFixed(2)} times as fast`,
);
