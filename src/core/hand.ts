/**
 * The item in hand: a message that a thread has taken out of a queue and not read yet.
 *
 * HAND of an isolate names it from just before it leaves the queue until it has been read. So when
 * the thread dies in between, recovery frees it.
 *
 * Invariants
 *   G1  HAND is set before the store by which the item leaves its queue, under the lock of that side. So
 *       if a thread died with HAND set and with that lock, the item may still be in the queue: as the
 *       oldest of a ring, or anywhere in a pile whose log was redone. Then it stays there.
 *   G2  HAND is cleared before the message is freed, so that it is never freed twice. Who dies in
 *       between leaves it behind.
 *   G3  Of several in hand at once (Async calls that load modules) the last one alone is named.
 */
import { field, ISOLATE, isolateAt } from "./layout.ts";
import { self } from "./self.ts";
import { peek, poke, slot, TAG } from "./slot.ts";
import { type Addr, exchange } from "./word.ts";

function handOf(isolate: number): Addr {
  return field(isolateAt(isolate), ISOLATE.HAND);
}

/** The item in `slot` is about to leave its queue. G1 */
export function takeInHand(): void {
  if (slot.tag === TAG.MESSAGE) poke(handOf(self.isolate), slot.value);
}

/** The message has been read, and is about to be freed. G2 */
export function letGo(message: Addr): void {
  const hand = handOf(self.isolate);
  if (peek(hand) === message) poke(hand, 0);
}

/** What a dead isolate had in hand; 0: nothing. */
export function emptyHand(isolate: number): Addr {
  return exchange(handOf(isolate), 0) as Addr;
}

/** How a message is freed; value/message.ts knows it, and is above. */
let discard = (_message: Addr): void => {};
export function setDiscardItem(free: (message: Addr) => void): void {
  discard = free;
}
export function discardItem(message: Addr): void {
  discard(message);
}
