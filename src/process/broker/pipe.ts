/**
 * Pipes in the broker: two ends, a line of messages towards each.
 *
 * Where one thread receives what one other thread sends, and nobody else waits for it, the broker lends the two a
 * ring (lender.ts), and hears no more of them until one of them asks for something. Each call about an end first
 * takes that back: what is in the ring is in the inbox then.
 */
import { type Ask, AskLine } from "./ask.ts";
import { Cargo, type Holding } from "./cargo.ts";
import { Lender } from "./lender.ts";
import { isOf, Thing } from "./thing.ts";

/** A sender waits while so many bytes are on their way to a reader that does not read. */
const MAX_UNREAD = 1 << 20;

interface End {
  /** What was sent to this end and not received. */
  readonly inbox: Cargo[];
  unread: number;
  readonly readers: AskLine;
  readonly pollers: AskLine;
  /** Those who wait for room in this end's inbox. */
  readonly senders: AskLine;
  readonly holders: Set<string>;
  /** Messages that this end is in. */
  travelling: number;
  opened: boolean;
  readonly lender: Lender;
}

function newEnd(): End {
  return {
    inbox: [],
    unread: 0,
    readers: new AskLine(),
    pollers: new AskLine(),
    senders: new AskLine(),
    holders: new Set(),
    travelling: 0,
    opened: false,
    lender: new Lender(),
  };
}

/** A pipe. Each call's first number says from which end it comes. */
export class PipeThing extends Thing implements Holding {
  readonly #ends: readonly [End, End] = [newEnd(), newEnd()];

  call(ask: Ask): void {
    const index = ask.call.numbers[0] === 1 ? 1 : 0;
    const mine = this.#ends[index];
    const theirs = this.#ends[1 - index] as End;
    if (ask.call.method !== "send") reclaim(mine);
    switch (ask.call.method) {
      case "send":
        return this.#send(ask, theirs);
      case "recv":
        return this.#receive(ask, mine, theirs);
      case "unrecv": // a message whose receiver did not want it any more
        mine.inbox.unshift(new Cargo(ask));
        this.#arrived(mine);
        return ask.answer();
      case "poll":
        if (mine.inbox.length > 0 || isClosed(theirs)) return ask.answer({ numbers: [1] });
        return mine.pollers.join(ask);
      case "close":
        reclaim(theirs);
        mine.holders.delete(ask.call.process);
        this.#maybeClosed(mine, theirs);
        return ask.answer();
      default:
        return ask.answer({ numbers: [mine.inbox.length, isClosed(theirs) ? 1 : 0] });
    }
  }

  #send(ask: Ask, theirs: End): void {
    reclaim(theirs);
    if (theirs.lender.put(ask)) return ask.answer();
    if (isClosed(theirs)) return ask.answer({ status: "broken-pipe" });
    const size = ask.call.payload.length + ask.call.raw.length;
    if (theirs.unread > 0 && theirs.unread + size > MAX_UNREAD) return theirs.senders.join(ask);
    const cargo = new Cargo(ask);
    ask.answer({ numbers: theirs.lender.writes(ask) });
    theirs.inbox.push(cargo);
    theirs.unread += cargo.size;
    this.#arrived(theirs);
  }

  #arrived(end: End): void {
    const reader = end.readers.first();
    if (reader !== undefined) return this.#deliver(reader, end);
    for (const poller of end.pollers.all()) poller.answer({ numbers: [1] });
    this.changed();
  }

  #receive(ask: Ask, mine: End, theirs: End): void {
    if (mine.lender.took(ask)) return ask.answer({ status: "yours" });
    if (mine.inbox.length > 0) return this.#deliver(ask, mine);
    if (isClosed(theirs)) return ask.answer({ status: "eof" });
    mine.readers.join(ask);
  }

  #deliver(ask: Ask, mine: End): void {
    const cargo = mine.inbox.shift() as Cargo;
    mine.unread -= cargo.size;
    const sender = mine.senders.first();
    cargo.deliver(ask, { numbers: mine.lender.lend(ask, this.#isQuiet(mine, ask)) });
    if (sender === undefined) return;
    sender.leaveLines();
    this.#send(sender, mine);
  }

  /** Does nobody but this reader wait for anything at an end? */
  #isQuiet(end: End, reader: Ask): boolean {
    const others = end.senders.length + end.pollers.length + end.inbox.length + this.watchers.size;
    return others === 0 && end.readers.all().every((other) => other === reader);
  }

  /** Nobody can use `end` any more: whoever waits for it at the other end learns that. */
  #maybeClosed(end: End, other: End): void {
    if (!isClosed(end)) return;
    for (const side of this.#ends) {
      reclaim(side);
      side.lender.close();
    }
    for (const cargo of end.inbox.splice(0)) cargo.drop();
    for (const reader of other.readers.all()) reader.answer({ status: "eof" });
    for (const poller of other.pollers.all()) poller.answer({ numbers: [1] });
    for (const sender of end.senders.all()) sender.answer({ status: "broken-pipe" });
    this.changed();
  }

  travel(index: number, by: 1 | -1): void {
    const end = this.#ends[index] as End;
    end.opened = true;
    end.travelling += by;
    this.#maybeClosed(end, this.#ends[1 - index] as End);
  }

  hold(index: number, process: string): void {
    const end = this.#ends[index] as End;
    end.opened = true;
    end.holders.add(process);
  }

  override gone(process: string, thread: number): void {
    for (const end of this.#ends) {
      if (end.lender.concerns((who) => isOf(who, process, thread))) reclaim(end);
    }
    if (thread !== 0) return;
    this.#ends.forEach((end, index) => {
      if (end.holders.delete(process)) this.#maybeClosed(end, this.#ends[1 - index] as End);
    });
  }

  override isReady(end: string): boolean {
    const index = end === "1" ? 1 : 0;
    reclaim(this.#ends[index]);
    return this.#ends[index].inbox.length > 0 || isClosed(this.#ends[1 - index] as End);
  }
}

/** Ends the lease of an end's ring: what is in it is in the inbox now. */
function reclaim(end: End): void {
  for (const goods of end.lender.reclaim()) {
    const cargo = new Cargo({ call: goods });
    end.inbox.push(cargo);
    end.unread += cargo.size;
  }
}

function isClosed(end: End): boolean {
  return end.opened && end.holders.size === 0 && end.travelling === 0;
}
