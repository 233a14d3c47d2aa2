// The same work on two processes: each call is a task, each result a future.
import { ProcessPoolExecutor } from "heddle/multiprocessing";

function primesBelow(limit: number): number {
  let count = 0;
  for (let n = 2; n < limit; n++) {
    let prime = true;
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
    if (prime) count++;
  }
  return count;
}

using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
console.log([...pool.map(primesBelow, [10, 100, 1000])]); // [ 4, 25, 168 ]
