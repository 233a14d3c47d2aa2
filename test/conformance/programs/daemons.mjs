// TH50 TH52 TH56: daemons of every kind do not keep the program, and run no line more once it has ended.
import { AtomicInt, Event, Lock, sleep, sleepAsync, Thread } from "heddle";

const never = new Event();
const lock = new Lock();
lock.acquire();
const inside = new AtomicInt();
const afterwards = (name) => console.log(`a daemon went on after ${name}`);
const bodies = {
  spin: () => {
    inside.increment();
    for (;;);
  },
  sleep: () => {
    inside.increment();
    try {
      sleep(60_000);
    } finally {
      afterwards("sleep");
    }
  },
  wait: () => {
    inside.increment();
    try {
      never.wait();
    } finally {
      afterwards("wait");
    }
  },
  acquire: () => {
    inside.increment();
    lock.acquire();
    afterwards("acquire");
  },
  awaits: async () => {
    inside.increment();
    await sleepAsync(60_000);
    afterwards("await");
  },
};
const names = ["spin", "sleep", "wait", "acquire", "awaits", "spin", "sleep", "wait", "acquire", "awaits"];
const threads = names.map((name) => new Thread({ target: bodies[name], daemon: true }).start());
while (inside.load() < names.length) sleep(1);
console.log("end of main", threads.filter((thread) => thread.isAlive()).length);
