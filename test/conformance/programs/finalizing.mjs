// TH32 TH41 TH45 TH46 TH47 TH48 TH111: what may still be called while the program ends, in an 'exit' handler.
import { currentThread, enumerate, Event, local, Lock, mainThread, sleep, spawn, Thread } from "heddle";

const told = (what, call) => {
  try {
    console.log(what, call());
  } catch (error) {
    console.log(what, error.name);
  }
};
process.on("exit", () => {
  told("start, in a handler from before the first thread:", () => spawn(() => 1));
});

const never = new Event();
const held = new Lock({ name: "held" });
const mine = local({ whose: "nobody's" });
mine.whose = "main's own";
const free = new Lock({ name: "free" });
const daemon = new Thread({
  name: "daemon",
  daemon: true,
  target: () => held.with(() => never.wait()),
}).start();
const ended = new Thread({ daemon: true, target: () => {} }).start();
ended.join();
while (daemon.state !== "blocked") sleep(1);
process.on("exit", () => {
  told("current is main:", () => currentThread() === mainThread());
  told("alive and no daemon:", () => enumerate().filter((thread) => !thread.daemon).length);
  told("start:", () => spawn(() => 1));
  told("join of an ended daemon:", () => ended.join());
  told("join of a live daemon with a timeout:", () => daemon.join(10));
  told("join of a live daemon:", () => daemon.join());
  told("acquire of a free lock:", () => free.acquire());
  told("acquire with a timeout of a daemon's lock:", () => held.acquire(10));
  told("acquire of a daemon's lock:", () => held.acquire());
  told("local:", () => mine.whose);
});
console.log("end of main");
