/** Waits in words: from the word that is waited for to the object that it belongs to. */
import { KIND } from "../core/kind.ts";
import { BARRIER, CONDITION, EVENT, LOCK, RWLOCK, SEMAPHORE, THREAD } from "../core/layout.ts";
import { ownerOf } from "../core/mutex.ts";
import { QUEUE } from "../core/queue-layout.ts";
import { REASON, reasonText } from "../core/reason.ts";
import { readersOf, writerOf } from "../core/rwlock.ts";
import { readText } from "../core/text.ts";
import { threadName, threadText } from "../core/who.ts";
import { type Addr, load } from "../core/word.ts";

/** What a wait of this reason for this word waits for, in words. */
export function recordText(word: Addr, reason: number): string | undefined {
  switch (reason) {
    case REASON.LOCK: {
      const owner = ownerOf(load(word));
      const holder = owner === 0 ? "" : ` held by ${threadText(owner)}`;
      const record = (word - LOCK.WORD) as Addr;
      return `${named(load(record) === KIND.RLOCK ? "RLock" : "Lock", record, LOCK.NAME)}${holder}`;
    }
    case REASON.EVENT:
      return named("Event", (word - EVENT.WORD) as Addr, EVENT.NAME);
    case REASON.SEMAPHORE:
      return named("Semaphore", (word - SEMAPHORE.WORD) as Addr, SEMAPHORE.NAME);
    case REASON.READ:
    case REASON.WRITE: {
      const lock = (word - RWLOCK.WORD) as Addr;
      const writer = writerOf(lock);
      const holder = writer === 0 ? ` held by ${readersOf(lock)} readers` : ` held by ${threadText(writer)}`;
      return `${named("RWLock", lock, RWLOCK.NAME)}${holder}`;
    }
    case REASON.BARRIER:
      return named("Barrier", (word - BARRIER.WORD) as Addr, BARRIER.NAME);
    case REASON.CONDITION:
      return named("Condition", (word - CONDITION.WORD) as Addr, CONDITION.NAME);
    case REASON.GET:
      return `an item of ${queueName((word - QUEUE.GETTERS) as Addr)}`;
    case REASON.PUT:
      return `a free place in ${queueName((word - QUEUE.PUTTERS) as Addr)}`;
    case REASON.TASKS:
      return `the tasks of ${queueName((word - QUEUE.JOINERS) as Addr)}`;
    case REASON.JOIN:
      return `the end of ${threadName((word - THREAD.STATE) as Addr)}`;
    default:
      return reasonText(reason);
  }
}

const QUEUE_TYPES: Readonly<Record<number, string>> = {
  [KIND.QUEUE]: "Queue",
  [KIND.LIFO_QUEUE]: "LifoQueue",
  [KIND.PRIORITY_QUEUE]: "PriorityQueue",
  [KIND.SIMPLE_QUEUE]: "SimpleQueue",
};

function queueName(q: Addr): string {
  return named(QUEUE_TYPES[load(q)] ?? "a queue", q, QUEUE.NAME);
}

function named(type: string, record: Addr, nameAt: number): string {
  const name = load((record + nameAt) as Addr) as Addr;
  return name === 0 ? type : `${type} '${readText(name)}'`;
}
