// CPU-bound work. In CPython threads take turns at it; here they do it at the same time.
import assert from "node:assert/strict";
import { ThreadPoolExecutor } from "heddle";

function countPrimes(from: number, to: number): number {
  let count = 0;
  for (let n = Math.max(2, from); n < to; n++) {
    let prime = true;
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
    if (prime) count++;
  }
  return count;
}

const LIMIT = 200_000;
const PARTS = 8;
using pool = new ThreadPoolExecutor();

const starts = Array.from({ length: PARTS }, (_, i) => (i * LIMIT) / PARTS);
const ends = starts.map((start) => start + LIMIT / PARTS);
let total = 0;
for (const count of pool.map(countPrimes, starts, ends)) total += count;

assert.equal(total, countPrimes(0, LIMIT));
console.log(`${total} primes below ${LIMIT}`);
