// Deaths whose subject is the whole process: it ends, with the status and the output that it owes, and never hangs.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLI, programFolder, type ProgramResult, runProgram, runSource } from "../support/child.ts";

interface Program {
  readonly name: string;
  readonly source: string;
  /** Its output; a function judges it. */
  readonly stdout: string | ((text: string) => void);
  readonly stderr?: RegExp;
  readonly status?: number;
  readonly nodeArgs?: string[];
}

/** For programs that take a second on an idle machine. */
const DEADLINE_MS = 60_000;

/** Under Node and under `heddle run`, where the roles of main and supervisor differ. */
const RUNNERS: readonly {
  readonly name: string;
  run(source: string, nodeArgs: string[]): Promise<ProgramResult>;
}[] = [
  { name: "node", run: (source, nodeArgs) => runSource(source, { nodeArgs, deadlineMs: DEADLINE_MS }) },
  {
    name: "heddle run",
    run: async (source, nodeArgs) => {
      const folder = programFolder({ "main.mjs": source });
      try {
        return await runProgram([...nodeArgs, CLI, "run", folder.file("main.mjs")], {
          deadlineMs: DEADLINE_MS,
        });
      } finally {
        folder.remove();
      }
    },
  },
];

/** Starts 20 threads that are blocked in every way, and goes on when they are. */
const TWENTY_BLOCKED = `
  import { Event, Lock, sleep, spawn } from "heddle";
  const lock = new Lock(), event = new Event(), gate = new Event();
  lock.acquire();
  const ways = [
    () => void lock.acquire(),
    () => void event.wait(),
    () => sleep(3_600_000),
    async () => void (await event.waitAsync()),
    async () => void (await lock.acquireAsync()),
  ];
  const threads = Array.from({ length: 20 }, (_, i) => spawn(ways[i % ways.length]));
  while (threads.some((thread) => thread.state !== "blocked")) sleep(1);
  console.log("all blocked");
`;

const PROGRAMS: readonly Program[] = [
  {
    name: "process.exit() in main with 20 threads blocked ends at once, with its status",
    source: `${TWENTY_BLOCKED} process.exit(3);`,
    stdout: "all blocked\n",
    status: 3,
  },
  {
    name: "an uncaught error in main with daemons blocked ends with status 1",
    source: `
      import { Event, sleep, Thread } from "heddle";
      const never = new Event();
      const threads = [1, 2, 3].map(() => new Thread({ target: () => never.wait(), daemon: true }).start());
      while (threads.some((thread) => thread.state !== "blocked")) sleep(1);
      throw new RangeError("main is broken");`,
    stdout: "",
    stderr: /RangeError: main is broken/,
    status: 1,
  },
  {
    name: "main falling off its end waits for threads that are blocked and let go later",
    source: `
      import { Event, sleep, spawn } from "heddle";
      const go = new Event();
      for (let i = 0; i < 5; i++) spawn(() => { go.wait(); console.log("went"); });
      spawn(() => { sleep(50); go.set(); });
      console.log("main is done");`,
    stdout: `main is done\n${"went\n".repeat(5)}`,
  },
  {
    name: "main falling off its end stops daemons, blocked or spinning",
    source: `
      import { Event, sleep, Thread } from "heddle";
      const never = new Event();
      const bodies = [() => never.wait(), () => { for (;;); }, async () => { await never.waitAsync(); }, () => sleep(1e6)];
      const threads = bodies.map((target) => new Thread({ target, daemon: true }).start());
      while (threads.some((thread) => thread.ident === undefined || thread.state === "runnable")) sleep(1);
      console.log("main is done");`,
    stdout: "main is done\n",
  },
  {
    name: "the creator dying before the created leaves it alive and joinable",
    source: `
      import { Event, spawn } from "heddle";
      const go = new Event(), ready = new Event();
      const creator = spawn(() => {
        spawn(() => { ready.set(); go.wait(); console.log("the created ends"); });
        for (;;);
      });
      ready.wait();
      creator.terminate();
      console.log("creator ended:", creator.join(10_000));
      go.set();`,
    stdout: "creator ended: true\nthe created ends\n",
  },
  {
    name: "process.exit() in a thread ends that thread only, finally blocks included",
    source: `
      import { spawn } from "heddle";
      const thread = spawn(() => { try { process.exit(9); } finally { console.log("finally"); } });
      console.log(thread.join(10_000), thread.result());`,
    stdout: "finally\ntrue undefined\n",
  },
  {
    name: "a thread out of memory ends alone, and its lock is abandoned",
    source: `
      import { Lock, spawn } from "heddle";
      const lock = new Lock({ name: "loom" });
      const eater = spawn(() => {
        lock.acquire();
        const all = [];
        for (;;) all.push(new Array(10_000).fill(all.length));
      });
      console.log("ended:", eater.join(15_000));
      try { eater.result(); } catch (error) { console.log(error.name, /out of memory/.test(error.message)); }
      try { lock.acquire(); } catch (error) { console.log(error.name); }
      console.log(lock.recover(), spawn(() => "others go on").result());`,
    nodeArgs: ["--max-old-space-size=96"],
    stdout: "ended: true\nThreadTerminatedError true\nAbandonedLockError\ntrue others go on\n",
    stderr: /^Exception in thread Thread-1/m,
  },
  {
    name: "the very first thread dying at once is seen",
    source: `
      import { Lock, spawn } from "heddle";
      const lock = new Lock();
      const first = spawn(() => { lock.acquire(); for (;;); });
      while (!lock.locked());
      first.terminate();
      console.log(first.join(10_000));
      try { lock.acquire(10_000); } catch (error) { console.log(error.name); }
      console.log(spawn(() => 5).result());`,
    stdout: "true\nAbandonedLockError\n5\n",
  },
  {
    name: "threads killed while they start others leave nothing that is waited for",
    source: `
      import { AtomicInt, enumerate, sleep, spawn } from "heddle";
      const started = new AtomicInt();
      for (let round = 0; round < 8; round++) {
        const before = started.load();
        const creator = spawn(() => {
          for (let made = before; ; made++) {
            while (made > started.load() + 5) sleep(1);
            spawn(() => started.increment());
          }
        });
        while (started.load() < before + 1 + round) sleep(1);
        creator.terminate();
        if (!creator.join(10_000)) throw new Error("the creator hangs");
      }
      for (const thread of enumerate().slice(1)) if (!thread.join(10_000)) throw new Error("hangs: " + thread);
      console.log("all ended");`,
    stdout: "all ended\n",
  },
  {
    name: "threads killed while they terminate and join others leave nothing that is waited for",
    source: `
      import { AtomicInt, enumerate, sleep, spawn } from "heddle";
      const ended = new AtomicInt();
      for (let round = 0; round < 8; round++) {
        const before = ended.load();
        const killer = spawn(() => {
          for (;;) {
            const victim = spawn(() => { for (;;); });
            victim.terminate();
            victim.join();
            ended.increment();
          }
        });
        while (ended.load() === before) sleep(1);
        killer.terminate();
        if (!killer.join(10_000)) throw new Error("the killer hangs");
      }
      // A victim that its killer had no time to kill runs on: it is killed here.
      for (const thread of enumerate().slice(1)) {
        thread.terminate();
        if (!thread.join(10_000)) throw new Error("hangs: " + thread);
      }
      console.log("all ended");`,
    stdout: "all ended\n",
  },
  {
    name: "threads that die while they print leave whole lines",
    source: `
      import { spawn } from "heddle";
      const line = "x".repeat(200);
      const write = () => { for (let i = 0; ; i++) console.log(line); };
      for (let round = 0; round < 5; round++) {
        const threads = [1, 2, 3].map(() => spawn(write));
        for (const thread of threads) {
          spawn(() => console.log("survivor " + line)).join();
          thread.terminate();
          thread.join();
        }
      }
      process.exit(0);`,
    stdout: (text) => {
      const odd = text.split("\n").filter((line) => !/^(survivor )?x{200}$/.test(line) && line !== "");
      assert.deepEqual(odd, []);
      assert.equal(text.match(/survivor/g)?.length, 15);
    },
  },
  {
    name: "an error in every thread at once is reported whole, each once",
    source: `
      import { spawn } from "heddle";
      const threads = Array.from({ length: 12 }, (_, i) => spawn(() => { throw new RangeError("number " + i); }));
      for (const thread of threads) thread.join();`,
    stdout: "",
    stderr: /^(Exception in thread Thread-\d+:\nRangeError: number \d+\n(    at .*\n)+){12}$/,
  },
];

describe("a process in which threads die:", () => {
  for (const { name, source, stdout, stderr = /^$/, status = 0, nodeArgs = [] } of PROGRAMS) {
    for (const runner of RUNNERS) {
      it(`${name} (${runner.name})`, async () => {
        const result = await runner.run(source, nodeArgs);
        assert.equal(result.timedOut, false, `it hangs; so far: ${result.stdout}\n${result.stderr}`);
        if (typeof stdout === "string") assert.equal(result.stdout, stdout, result.stderr);
        else stdout(result.stdout);
        assert.match(result.stderr, stderr);
        assert.equal(result.status, status, result.stderr);
      });
    }
  }
});
