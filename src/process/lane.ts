/**
 * Lanes: a thread's side of a ring. It reads or writes there as long as it has the lease, and says when it has not:
 * then its caller asks the broker, as it would without a ring.
 */
import { blockingWaiterAt, field, THREAD, WAITER } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, load, mayWait, now, wait as sleep } from "../core/word.ts";
import { countWeak, dropCollected, onGarbage } from "../value/garbage.ts";
import { receivePieces, type Received } from "../value/portable.ts";
import { cpuCount, fileOf, sleepPrecisely } from "./platform.ts";
import {
  LARGE,
  MAX_DIRECT,
  MAX_WAITING,
  MESSAGE_HEAD,
  NO_PAYLOAD,
  type Payload,
  Ring,
  type RingName,
} from "./ring.ts";

/** What the broker has to say whether it holds: a lease, and the messages that a party counted under it. */
export interface Claim {
  readonly lease: number;
  readonly count: number;
}

/** A message that was read from a ring; with a claim, it is this thread's only if the broker says so. */
export interface Taken extends Received {
  readonly raw: Uint8Array;
  readonly claim: Claim | undefined;
}

/** What a lane tells the broker in a call: nothing can be lent to it. */
const CANNOT = -1;
/** The longest spin, in milliseconds: some sleeps of the other side (0.016 each) and a message there and back (0.03). */
const LONGEST_SPIN = cpuCount() > 1 ? 0.1 : 0;
/** A spin that finds nothing is half as long the next time, down to this. */
const SHORTEST_SPIN = LONGEST_SPIN / 32;
/**
 * But after so few sleeps the next spin is a long one: two threads that both sleep between looks meet late each time, and
 * neither would learn that spinning would do.
 */
const FEW_NAPS = 3;
/** How often it then sleeps, as shortly as it can, before it waits at the broker, which ends the lease. */
const MOST_NAPS = 200;
const FEWEST_NAPS = 60;
/** With precise sleeps it is 16 µs. A thread that shares its core with the other side lets that one run meanwhile. */
const NAP_MS = 0.001;

/**
 * Who has a large message waits longer for the next one, in milliseconds for each of its bytes: the other side copies and
 * decodes as much before it answers. It looks less often then.
 */
const PATIENCE_MS_PER_BYTE = 4e-6;
const LONG_NAP_MS = 0.1;
/**
 * How long a message that is announced is waited for. Who then waits at the broker serves what others ask of its thread
 * meanwhile; a sender that stands still must not keep it from that.
 */
const MOST_AWAITED_MS = 1000;

/** Has this thread slept between looks? */
let napping = false;

/** The rings that are open here, and whose they are. */
const rings = new Map<Ring, WeakRef<Lane>>();
onGarbage(() => dropCollected(rings, (ring) => ring.close()));

/** What both sides have in common. */
class Lane {
  protected ring: Ring | undefined;
  #id = 0;
  /** The thread that the ring was given to: R1. */
  #ident = 0;
  /** The lease that the counts belong to. */
  protected lease = 0;
  protected count = 0;
  protected offset = 0;
  /** The size of the last message, where it was large; else 0. */
  #large = 0;
  /** The other side says that it is putting a message there. */
  protected awaited = false;
  /** How long it spins, and how often it sleeps, from how that went lately. */
  #spinMs = LONGEST_SPIN;
  #naps = MOST_NAPS;

  /** The ring, if this thread may use it now. */
  protected usable(): Ring | undefined {
    if (this.ring === undefined || !mayWait()) return undefined;
    if (this.#ident !== self.ident) {
      this.close();
      return undefined;
    }
    return isInterrupted() ? undefined : this.ring;
  }

  /** A message of this size has come, or is to go, by whatever way. */
  heard(size: number): void {
    this.#large = size < LARGE ? 0 : size;
  }

  /** What a call to the broker says of this lane, behind the number of the end. */
  numbers(claim?: Claim): number[] {
    if (this.ring !== undefined && this.#ident !== self.ident) this.close();
    return claim === undefined ? [this.#id] : [this.#id, claim.lease, claim.count];
  }

  /** Takes what an answer of the broker's says of a ring for this lane. */
  learn([id, pid, fd, ...nonce]: readonly number[]): void {
    if (id === undefined || pid === undefined || fd === undefined) return;
    this.close();
    this.#id = CANNOT;
    const ring = openRing({ id, pid, fd, nonce });
    if (ring === undefined) return;
    this.ring = ring;
    this.#id = id;
    this.#ident = self.ident;
    rings.set(ring, new WeakRef(this));
    countWeak();
  }

  /** A lease that is new begins with nothing. */
  protected under(lease: number): void {
    if (lease === this.lease) return;
    this.lease = lease;
    this.count = 0;
    this.offset = 0;
  }

  /** Looks until there is an answer, for a moment; undefined: there was none. */
  protected patiently<T>(look: () => T | undefined): T | undefined {
    let found = look();
    if (found !== undefined) return found;
    const end = now() + this.#spinMs;
    while (this.#spinMs > 0 && found === undefined && now() < end) found = look();
    this.#spinMs = found === undefined ? Math.max(SHORTEST_SPIN, this.#spinMs / 2) : LONGEST_SPIN;
    if (found !== undefined) return found;
    if (!napping) sleepPrecisely();
    napping = true;
    const word = field(blockingWaiterAt(self.isolate), WAITER.STATE);
    let naps = 0;
    for (; naps < this.#naps && found === undefined; naps++) {
      sleep(word, load(word), NAP_MS);
      found = look();
    }
    const since = now();
    const patienceMs = this.#large * PATIENCE_MS_PER_BYTE;
    const hasPatience = (): boolean => now() - since < (this.awaited ? MOST_AWAITED_MS : patienceMs);
    while (found === undefined && hasPatience() && !isInterrupted()) {
      sleep(word, load(word), LONG_NAP_MS);
      found = look();
    }
    if (found !== undefined && naps <= FEW_NAPS) this.#spinMs = LONGEST_SPIN;
    this.#naps =
      found === undefined ? Math.max(FEWEST_NAPS, this.#naps >> 1) : Math.min(MOST_NAPS, this.#naps + 2);
    return found;
  }

  close(): void {
    if (this.ring !== undefined) rings.delete(this.ring);
    this.ring?.close();
    this.ring = undefined;
    this.#id = 0;
    this.lease = 0;
  }
}

function isInterrupted(): boolean {
  return self.thread !== 0 && load(field(self.thread, THREAD.INTERRUPT)) !== 0;
}

function openRing({ pid, fd, nonce }: RingName): Ring | undefined {
  const file = fileOf(pid, fd);
  if (file === undefined) return undefined;
  const ring = new Ring(file);
  try {
    if (ring.hasNonce(nonce)) return ring;
  } catch {
    // It is no file at all.
  }
  ring.close();
  return undefined;
}

const NOTHING: Received = { message: 0 as Addr, blobs: [] };

/** The side that receives. */
export class ReadLane extends Lane {
  /** Is there a message? */
  peek(): boolean {
    const ring = this.usable();
    return ring !== undefined && this.#look(ring) === true;
  }

  /** True: a message; false: the lease is over; undefined: nothing yet. */
  #look(ring: Ring): boolean | undefined {
    const [{ lease }, tail, writing] = ring.leaseAndTail();
    this.awaited = false;
    if (lease === 0) return false;
    this.under(lease);
    if (tail.lease !== lease) return undefined;
    this.awaited = writing;
    if (tail.value === this.count) return undefined;
    if (tail.more === this.count) this.offset = 0; // R4
    return true;
  }

  /** Takes the next message, waiting for it a moment; undefined: the broker must be asked. */
  receive(): Taken | undefined {
    const ring = this.usable();
    if (ring === undefined || this.patiently(() => this.#look(ring)) !== true) return undefined;
    const { lease } = this;
    const taken = this.#take(ring);
    if (taken === undefined) return undefined;
    const { raw, payload, size } = taken;
    this.heard(size);
    const count = ++this.count;
    this.offset += size;
    ring.setHead({ lease, value: count, more: this.offset });
    const holds = ring.leaseAndTail()[0].lease === lease; // R2
    return { raw, ...payload, claim: holds ? undefined : { lease, count } };
  }

  /** Takes the message that lies there; undefined: the lease is over, and with it what lay there. */
  #take(ring: Ring): ReturnType<typeof ring.take<Received>> | undefined {
    try {
      return ring.take(this.offset, (length, fill) => (length === 0 ? NOTHING : receivePieces(length, fill)));
    } catch (error) {
      if (ring.leaseAndTail()[0].lease !== this.lease) return undefined;
      throw error;
    }
  }

  /** Whoever writes asks the broker from now on. */
  renounce(): void {
    this.ring?.setLease({ lease: 0, value: 0, more: 0 });
    this.close();
  }
}

/** The side that sends. */
export class WriteLane extends Lane {
  /** Messages that the reader is known to have taken. */
  #taken = 0;
  /** The first message of those that lie from the beginning on. */
  #first = 0;

  /** Does this lease hold, and is there room for so many bytes? */
  #look(ring: Ring, size: number): boolean | undefined {
    const [head, { lease }] = ring.headAndLease();
    if (lease === 0) return false;
    if (lease !== this.lease) this.#first = this.#taken = 0;
    this.under(lease);
    if (head.lease === lease) this.#taken = head.value;
    return this.#hasRoom(size) ? true : undefined;
  }

  #hasRoom(size: number): boolean {
    return this.#taken === this.count || this.offset + size <= MAX_WAITING;
  }

  /** Sends a message: true; a claim: only if the broker says so; undefined: the broker must be asked. */
  send(raw: Uint8Array, payload: Payload = NO_PAYLOAD): true | Claim | undefined {
    const ring = this.usable();
    if (ring === undefined) return undefined;
    const size = MESSAGE_HEAD + raw.length + payload.length;
    this.heard(size);
    if (size > MAX_DIRECT) return undefined;
    if (this.patiently(() => this.#look(ring, size)) !== true) return undefined;
    if (this.#taken === this.count) {
      this.#first = this.count; // R4
      this.offset = 0;
    }
    if (size >= LARGE) ring.announce({ lease: this.lease, value: this.count, more: this.#first });
    try {
      ring.put(this.offset, raw, payload);
    } catch {
      return undefined; // no room on the device: nothing was sent
    }
    this.count++;
    this.offset += size;
    const { lease, count } = this;
    ring.setTail({ lease, value: count, more: this.#first });
    return ring.headAndLease()[1].lease === lease ? true : { lease, count }; // R2
  }
}
