/** Waiting for an answer: as getting an item of a queue, but ended by the death of the thread that would give it. */
import { NEVER } from "../core/deadline.ts";
import { block, type Wait } from "../core/park.ts";
import { blockAsync } from "../core/park-async.ts";
import { type Got, getWait, spinLonger, spinWhile } from "../core/queue-wait.ts";
import { take } from "../core/ring.ts";
import { OUTCOME, sizeOf } from "../core/sides.ts";
import { slot } from "../core/slot.ts";
import { type Addr, now } from "../core/word.ts";
import { loadModules, needsModules, unpackItem } from "../queue/item.ts";
import { SimpleQueue } from "../queue/simple-queue.ts";
import { addressOf } from "../value/handle.ts";
import type { Answer } from "./iterator-server.ts";

/** Queues that nobody waits at, for the next answer. */
const idle: SimpleQueue<Answer>[] = [];

/** A queue for one answer. */
export function newReply(): SimpleQueue<Answer> {
  return idle.pop() ?? new SimpleQueue<Answer>({ name: "answers of an iterator" });
}

/**
 * Blocks until the answer is there; undefined: it is `gone`, which a death makes everyone look at again.
 * `soon`: nobody else is asking, so that it is worth while to spin for it.
 */
export function awaitReply(
  reply: SimpleQueue<Answer>,
  soon: boolean,
  gone: () => boolean,
): Answer | undefined {
  const q = addressOf(reply) as Addr;
  if (soon && spinWhile(() => sizeOf(q) === 0) && take(q, 0 as Addr) === OUTCOME.DONE)
    return answerOf(reply, slot);
  const since = now();
  const got = block(replyWait(q, gone), NEVER) as Got;
  if (soon && now() - since < SHORT_SLEEP_MS) spinLonger();
  return answerOf(reply, got);
}

/** A sleep this short, in milliseconds, was mostly its own wake-up. */
const SHORT_SLEEP_MS = 0.1;

/** {@link awaitReply} without blocking the thread. */
export async function awaitReplyAsync(
  reply: SimpleQueue<Answer>,
  gone: () => boolean,
): Promise<Answer | undefined> {
  const got = (await blockAsync(replyWait(addressOf(reply) as Addr, gone), NEVER, undefined)) as Got;
  return answerOf(reply, got !== "shut" && needsModules(got) ? await loadModules({ ...got }) : got);
}

function replyWait(q: Addr, gone: () => boolean): Wait<Got> {
  return getWait(q, () => {
    const isGone = gone(); // first: what died may have answered before
    const outcome = take(q, 0 as Addr);
    return isGone && outcome === OUTCOME.WAIT ? OUTCOME.SHUT : outcome;
  });
}

function answerOf(reply: SimpleQueue<Answer>, got: Got): Answer | undefined {
  if (got === "shut") return undefined;
  idle.push(reply);
  return unpackItem(got.tag, got.value) as Answer;
}
