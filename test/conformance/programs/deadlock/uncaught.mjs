import { Barrier, Lock, Thread } from "heddle";

const left = new Lock({ name: "left" });
const right = new Lock({ name: "right" });
const together = new Barrier(2);

function take(first, second) {
  first.with(() => {
    together.wait();
    second.with(() => {});
  });
}

const threads = [
  new Thread({ target: take, args: [left, right], name: "one" }).start(),
  new Thread({ target: take, args: [right, left], name: "two" }).start(),
];
for (const thread of threads) thread.join();
console.log("main went on");
