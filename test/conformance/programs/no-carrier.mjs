// TH14 TH49: no worker can be started. start() throws, the thread is still new, and the program ends.
import workers from "node:worker_threads";
import { syncBuiltinESMExports } from "node:module";

const real = workers.Worker;
let broken = true;
workers.Worker = class extends real {
  constructor(...args) {
    if (broken) throw new Error("Resource temporarily unavailable");
    super(...args);
  }
};
syncBuiltinESMExports();
const { activeCount, Thread } = await import("heddle");
const thread = new Thread({ name: "unlucky", target: () => 5 });
try {
  thread.start();
  console.log("started");
} catch (error) {
  console.log(
    error instanceof Error,
    /Resource temporarily unavailable/.test(`${error.message} ${error.cause}`),
  );
}
console.log(thread.state, thread.ident, activeCount());
broken = false;
console.log(thread.start().result(10_000));
