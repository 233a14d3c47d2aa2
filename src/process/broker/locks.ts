/** Locks in the broker: Lock and RLock, semaphores, events, conditions, barriers. */
import { type Ask, AskLine } from "./ask.ts";
import { isOf, numberAt, type Parameters, Thing } from "./thing.ts";

/**
 * A lock, re-entrant or not.
 *
 * Its holder is a thread of a process. When that dies, the lock is abandoned: whoever
 * acquires it is told so until somebody recovers it.
 */
export class LockThing extends Thing {
  readonly #reentrant: boolean;
  #holder = "";
  #depth = 0;
  /** The dead holder; empty: it is not abandoned. */
  #abandoned = "";
  readonly #line = new AskLine();

  constructor(reentrant: boolean) {
    super();
    this.#reentrant = reentrant;
  }

  call(ask: Ask): void {
    switch (ask.call.method) {
      case "acquire":
        return this.acquire(ask, 1);
      case "release":
        return this.#release(ask);
      case "recover":
        return this.#recover(ask);
      default:
        return ask.answer({
          numbers: [
            this.#depth,
            this.#line.length,
            this.#holder === ask.who ? 1 : 0,
            this.#abandoned === "" ? 0 : 1,
          ],
          text: this.#holder === "" ? this.#abandoned : this.#holder,
        });
    }
  }

  /** Gives the lock to an ask as soon as may be, held `depth` times; the answer's number is `depth`. */
  acquire(ask: Ask, depth: number): void {
    if (this.#reentrant && this.#holder === ask.who) {
      this.#depth += depth;
      return ask.answer({ numbers: [this.#depth] });
    }
    if (this.#abandoned !== "") return ask.answer({ status: "abandoned", text: this.#abandoned });
    if (this.#holder === "" && this.#line.length === 0) return this.#give(ask, depth);
    waitDepth.set(ask, depth);
    this.#line.join(ask);
  }

  #give(ask: Ask, depth: number): void {
    this.#holder = ask.who;
    this.#depth = depth;
    ask.answer({ numbers: [depth, resultOf(ask)] });
  }

  #release(ask: Ask): void {
    const held = this.#reentrant ? this.#holder === ask.who : this.#holder !== "";
    if (!held) return ask.answer({ status: "not-owner", text: this.#holder });
    this.#depth--;
    ask.answer();
    if (this.#depth === 0) this.#pass();
  }

  /** Frees the lock wholly, for a condition's wait; returns how often it was held, 0: not by this one. */
  letGo(who: string): number {
    if (this.#holder !== who) return 0;
    const depth = this.#depth;
    this.#depth = 0;
    this.#pass();
    return depth;
  }

  isHeldBy(who: string): boolean {
    return this.#holder === who;
  }

  #pass(): void {
    this.#holder = "";
    const next = this.#line.first();
    if (next === undefined) return;
    next.leaveLines();
    this.#give(next, waitDepth.get(next) ?? 1);
  }

  #recover(ask: Ask): void {
    if (this.#abandoned === "") return ask.answer({ numbers: [0] });
    this.#abandoned = "";
    this.#holder = ask.who;
    this.#depth = 1;
    ask.answer({ numbers: [1] });
  }

  override gone(process: string, thread: number): void {
    if (this.#holder === "" || !isOf(this.#holder, process, thread)) return;
    this.#abandoned = this.#holder;
    this.#holder = "";
    this.#depth = 0;
    for (const ask of this.#line.all()) ask.answer({ status: "abandoned", text: this.#abandoned });
  }
}

/** How deep a waiting ask is to hold the lock once it has it: a condition gives back what it let go. */
const waitDepth = new WeakMap<Ask, number>();
/** What a condition's wait answers with once it has the lock again. */
const results = new WeakMap<Ask, number>();

function resultOf(ask: Ask): number {
  return results.get(ask) ?? 1;
}

/** Permits; at most `bound` of them where there is a bound. */
export class SemaphoreThing extends Thing {
  #value: number;
  readonly #bound: number;
  readonly #line = new AskLine();

  constructor(parameters: Parameters) {
    super();
    this.#value = numberAt(parameters, 0);
    this.#bound = parameters[1] === "bounded" ? this.#value : Infinity;
  }

  call(ask: Ask): void {
    const count = ask.call.numbers[0] ?? 1;
    if (ask.call.method === "acquire") {
      if (this.#value > 0 && this.#line.length === 0) {
        this.#value--;
        return ask.answer({ numbers: [this.#value] });
      }
      return this.#line.join(ask);
    }
    if (ask.call.method !== "release") return ask.answer({ numbers: [this.#value, this.#line.length] });
    if (this.#value + count > this.#bound) return ask.answer({ status: "over", numbers: [this.#bound] });
    this.#value += count;
    ask.answer();
    for (const next of this.#line.all().slice(0, this.#value)) {
      this.#value--;
      next.answer({ numbers: [this.#value] });
    }
  }
}

/** A flag to wait for. */
export class EventThing extends Thing {
  #set = false;
  readonly #line = new AskLine();

  call(ask: Ask): void {
    switch (ask.call.method) {
      case "set":
        this.#set = true;
        ask.answer();
        for (const waiting of this.#line.all()) waiting.answer({ numbers: [1] });
        return;
      case "clear":
        this.#set = false;
        return ask.answer();
      case "wait":
        if (this.#set) return ask.answer({ numbers: [1] });
        return this.#line.join(ask);
      default:
        return ask.answer({ numbers: [this.#set ? 1 : 0, this.#line.length] });
    }
  }
}

/** A line outside a lock. Wait and notification are one step each, so no notification is lost. */
export class ConditionThing extends Thing {
  readonly #lock: LockThing;
  readonly #line = new AskLine();

  constructor(lock: LockThing) {
    super();
    this.#lock = lock;
  }

  call(ask: Ask): void {
    const { method, numbers } = ask.call;
    if (method === "state") return ask.answer({ numbers: [this.#line.length] });
    if (!this.#lock.isHeldBy(ask.who)) return ask.answer({ status: "not-owner" });
    if (method === "notify") {
      const woken = this.#line.all().slice(0, numbers[0] ?? 1);
      ask.answer({ numbers: [woken.length] });
      for (const waiting of woken) this.#wake(waiting, 1);
      return;
    }
    this.#wait(ask);
  }

  #wait(ask: Ask): void {
    const depth = this.#lock.letGo(ask.who);
    waitDepth.set(ask, depth);
    // However its wait ends, it gets the lock back first.
    ask.onLeave = (status) => {
      if (status === "gone") return;
      if (status === "cancelled") interrupted.add(ask);
      this.#wake(ask, 0);
    };
    this.#line.join(ask);
  }

  #wake(ask: Ask, result: number): void {
    ask.leaveLines();
    ask.onLeave = undefined;
    ask.forever();
    results.set(ask, interrupted.has(ask) ? 2 : result);
    this.#lock.acquire(ask, waitDepth.get(ask) ?? 1);
  }
}

/** Asks whose caller was interrupted while it waited: they answer when they have the lock, with 2. */
const interrupted = new WeakSet<Ask>();

/** A point that a number of callers pass together. */
export class BarrierThing extends Thing {
  readonly #parties: number;
  #broken = false;
  /** The one who runs the action; the others wait for it. */
  #actor = "";
  readonly #line = new AskLine();
  /** Those who came while a group was on its way out. */
  readonly #next: Ask[] = [];

  constructor(parameters: Parameters) {
    super();
    this.#parties = numberAt(parameters, 0);
  }

  call(ask: Ask): void {
    switch (ask.call.method) {
      case "wait":
        return this.#wait(ask);
      case "passed":
        this.#actor = "";
        this.#release(ask);
        return;
      case "abort":
        this.#break();
        return ask.answer();
      case "reset":
        this.#break();
        this.#broken = false;
        return ask.answer();
      default:
        return ask.answer({ numbers: [this.#parties, this.#line.length, this.#broken ? 1 : 0] });
    }
  }

  /** numbers[0]: does it have an action to run? */
  #wait(ask: Ask): void {
    if (this.#broken) return ask.answer({ status: "broken" });
    if (this.#actor !== "") {
      this.#next.push(ask);
      return;
    }
    const index = this.#line.length;
    if (index + 1 < this.#parties) {
      ask.onLeave = (status) => {
        this.#break();
        ask.answer({ status: status === "cancelled" ? status : "broken" });
      };
      arrival.set(ask, index);
      return this.#line.join(ask);
    }
    if (ask.call.numbers[0] === 1) {
      this.#actor = ask.who;
      return ask.answer({ numbers: [index, 1] });
    }
    this.#release(undefined);
    ask.answer({ numbers: [index, 0] });
  }

  /** Lets the present group pass. */
  #release(actor: Ask | undefined): void {
    for (const waiting of this.#line.all()) waiting.answer({ numbers: [arrival.get(waiting) ?? 0, 0] });
    actor?.answer();
    for (const ask of this.#next.splice(0)) this.#wait(ask);
  }

  #break(): void {
    this.#broken = true;
    this.#actor = "";
    for (const waiting of [...this.#line.all(), ...this.#next.splice(0)])
      waiting.answer({ status: "broken" });
  }

  override gone(process: string, thread: number): void {
    if (this.#actor !== "" && isOf(this.#actor, process, thread)) this.#break();
  }
}

const arrival = new WeakMap<Ask, number>();
