/** Lends the ring of one end of a pipe to the two threads that use it; see ring.ts for what the ring says. */
import { namelessFile, newNonce } from "../platform.ts";
import { MAX_DIRECT, MAX_WAITING, Ring } from "../ring.ts";
import type { Ask } from "./ask.ts";

/** So many messages have gone from one thread to another before a ring is made for them. */
const WORTH_IT = 4;
/** An end whose readers and writers change gets so many rings, and then no more. */
const MOST_RINGS = 8;
/** Rings at the same time, in the whole program: each is an open file. */
const MOST_OPEN = 128;
/** Leases whose outcome one of the two has not heard of yet. */
const MOST_UNSETTLED = 1000;

interface Loan {
  readonly id: number;
  readonly ring: Ring;
  readonly numbers: readonly number[];
  readonly reader: string;
  readonly writer: string;
}

/** What came out of a ring. */
export interface Goods {
  readonly raw: Uint8Array;
  readonly payload: Uint8Array;
  readonly refs: string;
}

let open = 0;
let lastId = 0;

export class Lender {
  #loan: Loan | undefined;
  /** The lease in force; 0: none. */
  #lease = 0;
  #lastLease = 0;
  #rings = 0;
  #closed = false;
  /** Who sent the last message here; empty: somebody who cannot use a ring. */
  #writer = "";
  #pair = "";
  #count = 0;
  /** By ring and lease: what had been taken and put when it ended, until the party has heard of it. R2. */
  readonly #heads = new Map<string, number>();
  readonly #tails = new Map<string, number>();

  /** Was this message put into the ring before its lease ended? It has been taken out of there then. */
  put(ask: Ask): boolean {
    this.#writer = canUse(ask) ? ask.who : "";
    return settled(this.#tails, ask);
  }

  /** Had this message been taken from the ring before its lease ended? */
  took(ask: Ask): boolean {
    return settled(this.#heads, ask);
  }

  /** What a writer is told: the ring, if it is its own and it does not know it. */
  writes(ask: Ask): readonly number[] {
    const loan = this.#loan;
    return loan === undefined || ask.who !== loan.writer || ask.call.numbers[1] !== 0 ? [] : loan.numbers;
  }

  /** A message goes to a reader; `alone`: nobody else waits. Lends the ring if that is worth it. What it is told. */
  lend(ask: Ask, alone: boolean): readonly number[] {
    if (!canUse(ask) || this.#writer === "" || this.#closed) return [];
    const pair = `${this.#writer}>${ask.who}`;
    this.#count = pair === this.#pair ? this.#count + 1 : 1;
    this.#pair = pair;
    if (!alone || this.#count < WORTH_IT || this.#heads.size + this.#tails.size > MOST_UNSETTLED) return [];
    const loan = this.#loanFor(ask.who);
    if (loan === undefined) return [];
    this.#lease = ++this.#lastLease;
    loan.ring.setLease({ lease: this.#lease, value: loan.id, more: 0 });
    return ask.call.numbers[1] === loan.id ? [] : loan.numbers;
  }

  #loanFor(reader: string): Loan | undefined {
    const loan = this.#loan;
    if (loan?.reader === reader && loan.writer === this.#writer) return loan;
    if (this.#rings >= MOST_RINGS) return undefined;
    this.#drop();
    const fd = open < MOST_OPEN ? namelessFile() : undefined;
    this.#rings++;
    if (fd === undefined) return undefined;
    open++;
    const id = ++lastId;
    const ring = new Ring(fd);
    const nonce = newNonce();
    ring.setNonce(nonce);
    const made = { id, ring, numbers: [id, process.pid, fd, ...nonce], reader, writer: this.#writer };
    this.#loan = made;
    return made;
  }

  /** Ends the lease, if there is one; returns what is in the ring. */
  reclaim(): Goods[] {
    const loan = this.#loan;
    if (this.#lease === 0 || loan === undefined) return [];
    const lease = this.#lease;
    this.#lease = 0;
    const goods: Goods[] = [];
    try {
      const { ring } = loan;
      ring.setLease({ lease: 0, value: 0, more: 0 });
      const head = ring.headAndLease()[0];
      const tail = ring.leaseAndTail()[1];
      const taken = head.lease === lease ? head.value : 0;
      const put = tail.lease === lease ? tail.value : 0;
      this.#heads.set(`${loan.id}.${lease}`, taken);
      this.#tails.set(`${loan.id}.${lease}`, put);
      let offset = tail.more === taken || head.lease !== lease ? 0 : head.more;
      for (let index = taken; index < put && offset < MAX_DIRECT + MAX_WAITING; index++) {
        const { raw, payload, size } = ring.take(offset, (length, fill) => {
          const bytes = new Uint8Array(length);
          fill(bytes, 0, 0, length);
          return bytes;
        });
        offset += size;
        goods.push({ raw, payload, refs: "" });
      }
      ring.trim();
    } catch {
      this.close(); // what is in it is no ring any more: one of the two has broken it
    }
    return goods;
  }

  /** Is the ring lent to one of these? */
  concerns(isOne: (who: string) => boolean): boolean {
    return this.#loan !== undefined && (isOne(this.#loan.reader) || isOne(this.#loan.writer));
  }

  #drop(): void {
    if (this.#loan === undefined) return;
    this.#loan.ring.close();
    this.#loan = undefined;
    open--;
  }

  /** Nobody needs it any more. */
  close(): void {
    this.#lease = 0;
    this.#closed = true;
    this.#drop();
  }
}

/** Does a caller say that it can use a ring? Its second number is the ring that it has, or 0. */
function canUse({ call }: Ask): boolean {
  return (call.numbers[1] ?? -1) >= 0;
}

/** Answers a claim, and forgets what else is kept for that party of the ring: it has one call at a time. */
function settled(counts: Map<string, number>, { call }: Ask): boolean {
  const [, id = 0, lease, count = 0] = call.numbers;
  if (id <= 0) return false;
  const known = lease === undefined ? undefined : counts.get(`${id}.${lease}`);
  for (const key of counts.keys()) if (key.startsWith(`${id}.`)) counts.delete(key);
  return known !== undefined && known >= count;
}
