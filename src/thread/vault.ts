/**
 * The program's own SharedArrayBuffers. Shared memory cannot hold a reference to
 * another buffer; only a message port can carry one. So the supervisor keeps them:
 * a buffer is deposited there under a number when it first travels, and an isolate
 * that meets the number asks for it, once.
 *
 * A deposited buffer stays alive until the process ends.
 */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { field, HEADER, ISOLATE, isolateAt } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, add, load, notify, wait } from "../core/word.ts";
import { setSharedBufferPort } from "../value/shared-buffers.ts";

interface Deposit {
  readonly number: number;
  readonly buffer: SharedArrayBuffer;
}
interface Question {
  readonly number: number;
  readonly isolate: number;
}

const numbers = new WeakMap<SharedArrayBuffer, number>();
const known = new Map<number, SharedArrayBuffer>();

/** Longest sleep between two looks for the answer, in milliseconds. */
const LOOK_EVERY_MS = 100;

/** Connects this isolate with the supervisor's vault. */
export function connectVault(port: MessagePort): void {
  setSharedBufferPort({
    deposit: (buffer) => {
      let number = numbers.get(buffer);
      if (number === undefined) {
        number = add(HEADER.NEXT_BUFFER as Addr, 1) + 1;
        remember(number, buffer);
        port.postMessage({ number, buffer } satisfies Deposit);
      }
      return number;
    },
    fetch: (number) => known.get(number) ?? remember(number, ask(port, number)),
  });
}

function remember(number: number, buffer: SharedArrayBuffer): SharedArrayBuffer {
  numbers.set(buffer, number);
  known.set(number, buffer);
  return buffer;
}

/** Asks the supervisor, and blocks for the answer: it never blocks itself, so that is short. */
function ask(port: MessagePort, number: number): SharedArrayBuffer {
  const reply = field(isolateAt(self.isolate), ISOLATE.REPLY);
  port.postMessage({ number, isolate: self.isolate } satisfies Question);
  for (;;) {
    const seen = load(reply);
    const answer = receiveMessageOnPort(port) as { message: Deposit } | undefined;
    if (answer !== undefined) return answer.message.buffer;
    wait(reply, seen, LOOK_EVERY_MS);
  }
}

/** In the supervisor: the other end of an isolate's port. */
interface Client {
  postMessage(message: Deposit): void;
  on(event: "message", listener: (message: Deposit | Question) => void): unknown;
}

const waiting = new Map<number, (() => void)[]>();

/** In the supervisor: answers one isolate. */
export function serveVault(client: Client): void {
  client.on("message", (message) => {
    if ("buffer" in message) {
      known.set(message.number, message.buffer);
      for (const answer of waiting.get(message.number) ?? []) answer();
      waiting.delete(message.number);
      return;
    }
    const answer = (): void => {
      client.postMessage({ number: message.number, buffer: known.get(message.number) as SharedArrayBuffer });
      const reply = field(isolateAt(message.isolate), ISOLATE.REPLY);
      add(reply, 1);
      notify(reply, 1);
    };
    // The deposit comes through another port, and may still be on its way.
    if (known.has(message.number)) answer();
    else waiting.set(message.number, [...(waiting.get(message.number) ?? []), answer]);
  });
}
