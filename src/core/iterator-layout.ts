/** The records of iterators that threads share, as tables: a part of layout.ts. */
import { layout, offsetsOf, type RecordLayout } from "./table.ts";

const serviceFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from iterators and from messages in flight; 0: reclaimed.",
  NAME: "Block with the name of what is iterated over.",
  PARTS:
    "Message: the queue of asks, the queue that holds the source, the lock under which the thread is started.",
  SERVER: "Address of the record of the thread that has the iterator; 0: it was not started.",
} as const;
/** The thread that has an iterator, and what it is asked through. */
export const SERVICE: Readonly<Record<keyof typeof serviceFields, number>> = offsetsOf(serviceFields);

const iteratorFields = {
  KIND: "What the record is: the tag of its handle type.",
  REFS: "References from isolates and from messages in flight; 0: reclaimed.",
  SERVICE: "Address of the service's record.",
  ASKS: "Address of the record of the queue of asks.",
  COPY: "Which copy of the items it gives, from 0.",
  COPIES: "How many copies there are.",
} as const;
/** An iterator that any thread may use. */
export const ITERATOR: Readonly<Record<keyof typeof iteratorFields, number>> = offsetsOf(iteratorFields);

export const SERVICE_SIZE = 64;
export const ITERATOR_SIZE = 64;

export const ITERATOR_LAYOUTS: readonly RecordLayout[] = [
  layout(
    "service",
    SERVICE_SIZE,
    "The thread that has an iterator, and what it is asked through.",
    serviceFields,
  ),
  layout("iterator", ITERATOR_SIZE, "An iterator that any thread may use.", iteratorFields),
];
