/** The records of queues, as tables: a part of layout.ts. */
import { layout, offsetsOf, type RecordLayout } from "./table.ts";

const queueFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  NAME: "Block with its name; 0: none.",
  MAXSIZE: "The most items that it may hold; 0 or less: no bound.",
  SHUT: "0: open; 1: shut down, what is in it may still be taken; 2: shut down, and what was in it is gone.",
  STORE: "Block with its slots; the low five bits: log2 of how many there are.",
  PUT: "Side of those who put. The one side of a queue that is not first in, first out.",
  GET: "Side of those who get.",
  GETTERS:
    "1: somebody may wait for an item; 0: nobody, or one who was woken looks soon. The line of those who do.",
  PUTTERS:
    "1: somebody may wait for a free place; 0: nobody, or one who was woken looks soon. The line of those who do.",
  JOINERS: "1: somebody may wait until nothing is unfinished. The line of those who do.",
  SEATS: "The first seat of its consumers.",
  LOST: "Items that dead threads had taken and not marked as done.",
  DEAD: "Block with the name of the thread that died last with such an item; 0: none.",
  CUT: "When SHUT became 2: how many items had been taken until then.",
  KEY: "Of a PriorityQueue: message with the function that gives an item's key; 0: the item is its key.",
} as const;
/** A queue of any kind. */
export const QUEUE: Readonly<Record<keyof typeof queueFields, number>> = offsetsOf(queueFields);

const sideFields = {
  LOCK: "Mutex word: one thread at a time is at work on this side.",
  COUNT:
    "How many items were put, or got, on this side of a FIFO queue; else how many are in the queue. What it says is so.",
  SEEN: "What this side saw of the other side's COUNT when it last looked.",
  DONE: "On the side of those who get: how many items were marked as done.",
  GETS: "Of a queue with one side: how many items were got.",
  LOG: "1: a change has been written down and not yet been made. Else 0.",
  NEW_COUNT: "COUNT after the change.",
  NEW_GETS: "GETS after the change.",
  MOVES: "How many entries the change moves.",
  MOVED: "Block of the moves: for each its index, a free word, and the entry.",
  SEQ: "Of a PriorityQueue: the number of the next entry, for order among equal keys.",
} as const;
/** What one side of a queue needs; on cache lines of its own, so that the two sides do not slow each other. */
export const SIDE: Readonly<Record<keyof typeof sideFields, number>> = offsetsOf(sideFields);

const seatFields = {
  NEXT: "The queue's next seat.",
  IDENT: "Ident of the consumer; 0: the seat is free.",
  TAKEN: "How many items it has taken and not marked as done. Only the consumer writes it.",
} as const;
/** What a queue knows of one consumer. Seats are freed with their queue. */
export const SEAT: Readonly<Record<keyof typeof seatFields, number>> = offsetsOf(seatFields);

export const QUEUE_SIZE = 64;
/** Two cache lines: processors fetch them in pairs. */
export const SIDE_SIZE = 128;
export const SEAT_SIZE = 64;

export const QUEUE_LAYOUTS: readonly RecordLayout[] = [
  layout("queue", QUEUE_SIZE, "A queue of any kind.", queueFields),
  layout(
    "side",
    SIDE_SIZE,
    "What one side of a queue needs; on cache lines of its own, so that the two sides do not slow each other.",
    sideFields,
  ),
  layout(
    "seat",
    SEAT_SIZE,
    "What a queue knows of one consumer. Seats are freed with their queue.",
    seatFields,
  ),
];
