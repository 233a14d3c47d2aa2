/**
 * Signals under `heddle run`. The program's main thread is a worker, and Node gives
 * signals to the real main thread only. So the worker says which signals the program
 * listens to, and the real main thread passes those on. They are served when the
 * program's event loop turns, as in Node. SIGINT has a way of its own, see run.ts.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { field, ISOLATE, isolateAt } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { add, load, notify, wait } from "../core/word.ts";
import { signalNumber } from "./platform.ts";

/** What the worker says: the program has its first listener for this signal, or has removed its last one. */
interface Wish {
  readonly name: NodeJS.Signals;
  readonly wanted: boolean;
  /** The isolate whose REPLY is rung when that is so. */
  readonly isolate: number;
}

/** How long the program waits for that, in milliseconds: the real main thread never blocks. */
const PATIENCE_MS = 1000;

/** In the real main thread: the port for the program's worker. */
export function signalPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const forward = (name: NodeJS.Signals): void => port1.postMessage(name);
  port1.on("message", ({ name, wanted, isolate }: Wish) => {
    process.off(name, forward);
    if (wanted) process.on(name, forward);
    const reply = field(isolateAt(isolate), ISOLATE.REPLY);
    add(reply, 1);
    notify(reply, 1);
  });
  port1.unref();
  return port2;
}

/** In the program's worker: `process.on("SIGTERM", …)` works as in any program. */
export function receiveSignals(port: MessagePort): void {
  const isForwarded = (event: string | symbol): event is NodeJS.Signals =>
    typeof event === "string" && event !== "SIGINT" && signalNumber(event) !== undefined;
  const noticed = (wanted: boolean) => (event: string | symbol) => {
    if (isForwarded(event) && process.listenerCount(event) === 0) tell(port, event, wanted);
  };
  process.on("newListener", noticed(true));
  process.on("removeListener", noticed(false));
  const program: NodeJS.EventEmitter = process;
  port.on("message", (name: NodeJS.Signals) => program.emit(name, name, signalNumber(name)));
  port.unref();
}

/** Returns when it is so: a signal that comes right after must not have its default effect. */
function tell(port: MessagePort, name: NodeJS.Signals, wanted: boolean): void {
  const { isolate } = self;
  const reply = field(isolateAt(isolate), ISOLATE.REPLY);
  const seen = load(reply);
  port.postMessage({ name, wanted, isolate } satisfies Wish);
  wait(reply, seen, PATIENCE_MS);
}
