/**
 * Values on their way through the broker, and the connections inside them.
 *
 * An end of a pipe is open as long as a process holds it or a message with it is on
 * its way. So the broker counts: a message that arrives keeps the ends in it, and
 * whoever gets the message holds them from then on.
 */
import type { Ask } from "./ask.ts";
import type { Answer } from "./ask.ts";

/** Who counts the holders of an end. */
export interface Holding {
  /** A message with this end is on its way (1), or not any more (-1). */
  travel(end: number, by: 1 | -1): void;
  hold(end: number, process: string): void;
}

let find: (ref: string) => { holding: Holding; end: number } | undefined = () => undefined;

/** Tells how a name of an end leads to who counts its holders. */
export function setHoldings(lookup: typeof find): void {
  find = lookup;
}

/** The names in a list of them. */
export function refsIn(text: string): string[] {
  return text === "" ? [] : text.split(",");
}

/** A process holds these ends from now on. */
export function holdAll(refs: readonly string[], process: string): void {
  for (const ref of refs) {
    const found = find(ref);
    found?.holding.hold(found.end, process);
  }
}

/** What a value is made of on its way. */
interface Goods {
  readonly raw: Uint8Array;
  readonly payload: Uint8Array;
  readonly refs: string;
}

/** A value that the broker keeps for whoever gets it. */
export class Cargo {
  readonly raw: Uint8Array;
  readonly payload: Uint8Array;
  readonly #refs: readonly string[];

  constructor({ call }: { readonly call: Goods }) {
    this.raw = kept(call.raw);
    this.payload = kept(call.payload);
    this.#refs = refsIn(call.refs);
    this.#travel(1);
  }

  get size(): number {
    return this.raw.length + this.payload.length;
  }

  /** Gives it to whoever asked. */
  deliver(ask: Ask, more: Answer = {}): void {
    this.hand(ask.call.process);
    ask.answer({ ...more, raw: this.raw, payload: this.payload });
  }

  /** A process has it now. */
  hand(process: string): void {
    holdAll(this.#refs, process);
    this.drop();
  }

  /** Nobody gets it. */
  drop(): void {
    this.#travel(-1);
  }

  #travel(by: 1 | -1): void {
    for (const ref of this.#refs) {
      const found = find(ref);
      found?.holding.travel(found.end, by);
    }
  }
}

/** Bytes that do not keep the much larger piece alive in which they arrived. */
function kept(bytes: Uint8Array): Uint8Array {
  return bytes.length * 2 < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;
}
