// The notes' table of process against thread, line by line.
import { sharedArray, spawn } from "heddle";
import { Process, Queue } from "heddle/multiprocessing";

// 1. Memory: a process has its own, threads share one.
const plain = { count: 0 };
const cell = sharedArray(Int32Array, 1);
const child = new Process({ target: () => void plain.count++ }).start();
child.join();
spawn(() => void (cell[0] = 1)).join();
console.log(`process: ${plain.count}, thread: ${cell[0]}`); // process: 0, thread: 1

// 2. Communication: processes need a channel for it.
const queue = new Queue<string>();
new Process({ target: () => queue.put("through a queue") }).start();
console.log(queue.get()); // through a queue

// 3. A crash takes one process, and leaves the others.
const crash = new Process({ target: () => process.kill(process.pid, "SIGSEGV") }).start();
const other = new Process({ target: () => queue.put("still here") }).start();
crash.join();
other.join();
console.log(crash.exitcode, queue.get()); // -11 still here
