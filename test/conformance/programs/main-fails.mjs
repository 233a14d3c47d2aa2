// An error that nobody catches in main, while a thread is at work.
import { AtomicInt, sleep, spawn } from "heddle";

const step = new AtomicInt();
spawn(() => {
  step.store(1);
  sleep(100);
  console.log("the thread ends");
});
while (step.load() === 0) sleep(1);
throw new RangeError("main fails");
