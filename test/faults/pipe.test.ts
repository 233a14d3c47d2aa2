// Pipes by the short way, in real processes: what is sent arrives, whoever is killed, interrupted or looks meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Thread } from "heddle";
import { Event, Pipe, Process, Queue, wait } from "heddle/multiprocessing";

const PATIENCE_MS = 30_000;

/** A child that sends back what it gets. */
function echoOf(end: ReturnType<typeof Pipe>[0]): Process {
  return new Process({
    target: () => {
      for (;;) end.send(end.recv());
    },
  }).start();
}

test("Pipe: values of all sizes go there and back, in order, while others look at the ends", () => {
  const [here, there] = Pipe();
  const echo = echoOf(there);
  for (let i = 0; i < 300; i++) {
    const size = i % 50 === 49 ? 2_000_000 : (i * 37) % 5000;
    here.send({ i, bytes: new Uint8Array(size).fill(i) });
    if (i % 40 === 20) assert.deepEqual(wait([here], PATIENCE_MS), [here]);
    if (i % 40 === 30) assert.equal(here.poll(PATIENCE_MS), true);
    const { i: j, bytes } = here.recv() as { i: number; bytes: Uint8Array };
    assert.deepEqual([j, bytes.length, bytes.every((byte) => byte === (i & 255))], [i, size, true]);
  }
  echo.kill();
  assert.ok(echo.join(PATIENCE_MS));
});

test("Pipe: buffers of all kinds and odd sizes, some in one message, are what they were, by the short way and by the broker", () => {
  const [here, there] = Pipe();
  const echo = echoOf(there);
  const memory = new ArrayBuffer(50_001);
  const resizable = new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(40_003, {
    maxByteLength: 60_000,
  });
  new Uint8Array(memory).fill(7);
  new Uint8Array(resizable).fill(8);
  const value = {
    text: "t".repeat(20_000),
    small: new Uint8Array([1, 2, 3]),
    views: [new Uint8Array(memory, 1, 49_999), new Uint16Array(memory, 2, 9)],
    resizable: new Uint8Array(resizable),
    floats: new Float64Array(3001).fill(0.5),
    buffer: Buffer.alloc(16_385, 9),
  };
  for (let i = 0; i < 12; i++) {
    if (i === 8) assert.deepEqual(wait([echo.sentinel, here], 0), []); // takes the short way back
    here.send(value);
    const back = here.recv() as typeof value;
    assert.deepEqual(back, value);
    assert.equal(back.views[0]?.buffer, back.views[1]?.buffer);
    assert.deepEqual([back.views[0]?.buffer.byteLength, back.buffer.buffer.byteLength], [50_001, 16_385]);
    assert.equal((back.resizable.buffer as { maxByteLength?: number }).maxByteLength, 60_000);
  }
  echo.kill();
  assert.ok(echo.join(PATIENCE_MS));
});

test("Pipe: a stream of messages arrives whole, then EOFError, when its sender is killed or ends", () => {
  for (const end of ["kill", "exit"]) {
    const [here, there] = Pipe(false);
    const told = new Queue<number>();
    const child = new Process({
      target: () => {
        for (let i = 0; i < 500; i++) there.send(i);
        told.put(500);
        if (end === "kill") process.kill(process.pid, "SIGKILL");
      },
    }).start();
    there.close();
    for (let i = 0; i < 500; i++) assert.equal(here.recv(), i);
    assert.throws(() => here.recv(), { name: "EOFError" });
    assert.ok(child.join(PATIENCE_MS));
  }
});

const LARGE_MESSAGE = 6_000_000;
/** A child that sends large messages, each full of its number, for ever. */
function largeMessages(there: ReturnType<typeof Pipe>[0]): Process {
  return new Process({
    target: () => {
      for (let i = 0; ; i++) there.send(new Uint8Array(LARGE_MESSAGE).fill(i));
    },
  }).start();
}

test("Pipe: a sender that is killed while it sends large messages: they arrive whole and in order, then EOFError", () => {
  for (let round = 0; round < 5; round++) {
    const [here, there] = Pipe(false);
    const child = largeMessages(there);
    there.close();
    for (let i = 0; ; i++) {
      let bytes: Uint8Array;
      try {
        bytes = here.recv() as Uint8Array;
      } catch (error) {
        assert.equal((error as Error).name, "EOFError");
        assert.ok(i > 6 + round, `${i} messages`);
        break;
      }
      assert.ok(Buffer.alloc(LARGE_MESSAGE, i).equals(bytes), `message ${i} is not whole`);
      if (i === 6 + round) child.kill();
    }
    assert.ok(child.join(PATIENCE_MS));
  }
});

test("Pipe: who waits for a large message of a sender that stands still can be interrupted", () => {
  for (let round = 0; round < 5; round++) {
    const [here, there] = Pipe(false);
    const child = largeMessages(there);
    const many = new Event();
    const receiver = new Thread({
      target: () => {
        try {
          for (let i = 0; ; i++) {
            here.recv();
            if (i === 6 + round) many.set();
          }
        } catch (error) {
          return (error as Error).name;
        }
      },
    }).start();
    assert.ok(many.wait(PATIENCE_MS));
    process.kill(child.pid as number, "SIGSTOP");
    receiver.interrupt();
    assert.equal(receiver.result(PATIENCE_MS), "InterruptedError");
    child.kill();
    assert.ok(child.join(PATIENCE_MS));
  }
});

test("Pipe: another thread and another process go on where one has received", () => {
  const [here, there] = Pipe();
  const echo = echoOf(there);
  const times = (): number[] =>
    Array.from({ length: 20 }, (_, i) => {
      here.send(i);
      return here.recv() as number;
    });
  const expected = Array.from({ length: 20 }, (_, i) => i);
  assert.deepEqual(times(), expected);
  const thread = new Thread({ target: times });
  thread.start();
  assert.deepEqual(thread.result(PATIENCE_MS), expected);
  const child = new Process({ target: () => process.exit(times().length) }).start();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, 20);
  assert.deepEqual(times(), expected);
  echo.kill();
  echo.join();
});

test("Pipe: close() ends the short way: ProcessError for who sends, InvalidStateError here", () => {
  const [here, there] = Pipe();
  for (let i = 0; i < 20; i++) {
    here.send(i);
    assert.equal(there.recv(), i);
  }
  there.close();
  assert.throws(() => here.send(1), { name: "ProcessError" });
  assert.throws(() => there.recv(), { name: "InvalidStateError" });
});

test("Pipe: interrupt() and terminate() end who receives all the time", () => {
  const [here, there] = Pipe();
  const running = new Event();
  const child = new Process({
    target: () => {
      try {
        for (let i = 0; ; i++) {
          there.send(there.recv());
          if (i === 50) running.set();
        }
      } catch (error) {
        process.exit((error as Error).name === "InterruptedError" ? 7 : 8);
      }
    },
  }).start();
  for (let i = 0; i <= 50; i++) {
    here.send(i);
    assert.equal(here.recv(), i);
  }
  assert.ok(running.wait(PATIENCE_MS));
  child.interrupt();
  assert.ok(child.join(PATIENCE_MS));
  assert.equal(child.exitcode, 7);
  const [a, b] = Pipe();
  const ready = new Event();
  const thread = new Thread({
    target: () => {
      for (let i = 0; ; i++) {
        if (i === 50) ready.set();
        a.send(i);
        b.recv();
      }
    },
  });
  thread.start();
  assert.ok(ready.wait(PATIENCE_MS));
  thread.terminate();
  assert.ok(thread.join(PATIENCE_MS));
  a.send("after");
  while (b.recv() !== "after");
});

test("Pipe: sendAsync() and send() of one thread arrive in their order", async () => {
  const [here, there] = Pipe();
  const echo = echoOf(there);
  for (let i = 0; i < 20; i++) {
    here.send(i);
    assert.equal(here.recv(), i);
  }
  const sending = here.sendAsync("a");
  here.send("b");
  await sending;
  assert.deepEqual([await here.recvAsync(), here.recv()], ["a", "b"]);
  echo.kill();
  echo.join();
});
