// TH53: a thread joins the main thread, and goes on when main's work has ended.
import { mainThread, sleep, spawn } from "heddle";

const main = mainThread();
const thread = spawn(() => {
  const ended = main.join(10_000);
  console.log("joined main:", ended, main.state);
});
while (thread.state !== "blocked") sleep(1);
console.log("end of main");
