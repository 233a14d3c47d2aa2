// TH33 TH57: main ends first; a thread, and one that this thread started before it ended, are waited for.
import { Event, sleep, spawn } from "heddle";

const mainEnded = new Event();
spawn(() => {
  spawn(() => {
    mainEnded.wait();
    sleep(50);
    console.log("grandchild ends");
  });
  console.log("child ends");
}).join();
process.on("beforeExit", () => mainEnded.set());
console.log("end of main");
setImmediate(() => mainEnded.set());
