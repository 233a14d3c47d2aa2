// Shared things come and go, many of them: memory must not grow with their number.
import { collect, heapStatistics, shared } from "../../src/api/index.ts";

export interface Growth {
  /** Bytes claimed more than when every place had been used twice. */
  readonly claimed: number;
  /** Shared things, and bytes in use, more than at first, after a collection and while the places are full. */
  readonly objects: number;
  readonly used: number;
}

/** Puts `count` things of a few kinds into a shared array of `places`, each in the place of an earlier one. */
export function churn(count: number, places: number): Growth {
  collect();
  const first = heapStatistics();
  const list = shared(Array.from({ length: places }, () => 0 as unknown));
  let before = 0;
  for (let i = 0; i < count; i++) {
    if (i === 2 * places) before = heapStatistics().claimedBytes; // every place has been used twice
    list[i % places] = makeOne(i);
  }
  const claimed = heapStatistics().claimedBytes - before;
  collect();
  const { objects, usedBytes } = heapStatistics();
  list.length = 0;
  return { claimed, objects: objects - first.objects, used: usedBytes - first.usedBytes };
}

function makeOne(i: number): unknown {
  switch (i % 5) {
    case 0:
      return { i, text: `a text that needs a block ${i}` };
    case 1:
      return [i, [i]];
    case 2:
      return new Map([[`key ${i}`, { i }]]);
    case 3: {
      const knot: Record<string, unknown> = { i };
      knot["self"] = { knot };
      return knot;
    }
    default:
      return new Set([i, `longer member ${i}`]);
  }
}
