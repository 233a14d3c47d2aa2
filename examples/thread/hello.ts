// The simplest thread: a function, and what to call it with.
import { Thread } from "heddle";

function doSomeWork(val: string): string {
  console.log("doing some work in thread");
  console.log(`echo: ${val}`);
  return val.toUpperCase();
}

const val = "text";
const t = new Thread({ target: doSomeWork, args: [val] });
t.start();
t.join();

// Unlike Python's, a thread also hands back what its function returned.
console.log(`it returned ${t.result()}`);
