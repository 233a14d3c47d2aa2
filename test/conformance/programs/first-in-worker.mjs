// TH08 TH11 TH44 TH60: heddle used for the first time, and only, in a raw Worker of the program's own.
import { isMainThread, parentPort, Worker } from "node:worker_threads";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("message", (message) => console.log(JSON.stringify(message)));
  worker.on("exit", (code) => console.log("worker ended", code));
} else {
  const { currentThread, getIdent, sleep, spawn } = await import("heddle");
  process.on("exit", () => parentPort.postMessage("worker exits"));
  spawn(() => {
    sleep(50);
    console.log("the worker's thread ends");
  });
  const result = spawn((a, b) => a + b, 40, 2).result(10_000);
  parentPort.postMessage({
    result,
    same: currentThread().ident === getIdent(),
    alive: currentThread().isAlive(),
  });
}
