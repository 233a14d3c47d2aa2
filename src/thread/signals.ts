/**
 * Signals under `heddle run`. The program's main thread is a worker, and Node gives
 * signals to the real main thread only. So the worker says which signals the program
 * listens to, and the real main thread passes those on. They are served when the
 * program's event loop turns, as in Node. SIGINT has a way of its own, see run.ts.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { signalNumber } from "./platform.ts";

/** What the worker says: the program has its first listener for this signal, or has removed its last one. */
interface Wish {
  readonly name: NodeJS.Signals;
  readonly wanted: boolean;
}

/** In the real main thread: the port for the program's worker. */
export function signalPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const forward = (name: NodeJS.Signals): void => port1.postMessage(name);
  port1.on("message", ({ name, wanted }: Wish) => {
    process.off(name, forward);
    if (wanted) process.on(name, forward);
  });
  port1.unref();
  return port2;
}

/** In the program's worker: `process.on("SIGTERM", …)` works as in any program. */
export function receiveSignals(port: MessagePort): void {
  const isForwarded = (event: string | symbol): event is NodeJS.Signals =>
    typeof event === "string" && event !== "SIGINT" && signalNumber(event) !== undefined;
  process.on("newListener", (event: string | symbol) => {
    if (isForwarded(event) && process.listenerCount(event) === 0)
      port.postMessage({ name: event, wanted: true } satisfies Wish);
  });
  process.on("removeListener", (event: string | symbol) => {
    if (isForwarded(event) && process.listenerCount(event) === 0)
      port.postMessage({ name: event, wanted: false } satisfies Wish);
  });
  port.on("message", (name: NodeJS.Signals) => process.emit(name, name, signalNumber(name)));
  port.unref();
}
