// TH62 TH109 TH110: an 'exit' handler runs once, when the threads that the program waits for have ended.
import { activeCount, Event, spawn } from "heddle";

const go = new Event();
spawn(() => {
  go.wait();
  console.log("thread ends");
});
process.on("exit", () => {
  console.log("at exit:", activeCount(), "alive");
  process.exit(); // no second time
});
console.log("end of main");
go.set();
