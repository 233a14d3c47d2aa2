// 8 threads write whole lines while main is blocked, by console.log and process.stdout.write; two of them to stderr.
import { Event, spawn } from "heddle";

const go = new Event();
const threads = Array.from({ length: 8 }, (_, n) =>
  spawn(() => {
    go.wait();
    for (let i = 0; i < 200; i++) {
      const line = `thread ${n} line ${i} ${"x".repeat((i * 37) % 3000)} end`;
      if (n === 6) console.error(line);
      else if (n === 7) process.stderr.write(`${line}\n`);
      else if (n % 2 === 0) console.log(line);
      else process.stdout.write(`${line}\n`);
    }
  }),
);
go.set();
for (const thread of threads) thread.join();
console.log("main is free");
