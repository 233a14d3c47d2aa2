/** `Pipe` and its two ends. */
import type { Timeout } from "../core/deadline.ts";
import { EOFError, InvalidStateError, ProcessError } from "../errors.ts";
import { shownAsText } from "../value/shown.ts";
import { bytesOf, discard, prepare, take } from "../value/message.ts";
import { Portable, type Received } from "../value/portable.ts";
import { packed, postFrame, type Reply } from "./calls.ts";
import { NO_BYTES } from "./frame.ts";
import { newId, processId } from "./identity.ts";
import { type Claim, ReadLane, WriteLane } from "./lane.ts";
import { registerRemoteClass, RemoteRef, setClosedHandles } from "./remote.ts";
import { labelOf, signalOf, unexpected, waitMs } from "./waiting.ts";
import { registerWaitable } from "./wait.ts";

/** How long a connection of another kind's end is: what it may do. */
type Direction = "both" | "reads" | "writes";

/**
 * One end of a pipe. Messages arrive whole and in order. It can be sent to another process, which then has this
 * end, too; an end is closed when every process that has it has closed it or ended.
 *
 * @example
 * ```ts
 * import { Pipe, Process } from "heddle/multiprocessing";
 * const [here, there] = Pipe();
 * new Process({ target: () => there.send("hello") }).start();
 * console.log(here.recv()); // hello
 * ```
 */
export class Connection implements Disposable {
  readonly #ref: RemoteRef;
  /** The short ways, while the broker lends them. */
  readonly #in = new ReadLane();
  readonly #out = new WriteLane();
  /** Async calls that have no answer yet: those that come after them do not overtake them on the short way. */
  #sending = 0;
  #receiving = 0;

  /** Made by `Pipe()`. */
  constructor(id: string) {
    this.#ref = new RemoteRef(this, () => ({ type: "Connection", id }));
  }

  static {
    setClosedHandles((handle) => handle instanceof Connection && handle.#ref.closed);
    registerWaitable((thing) => {
      if (!(thing instanceof Connection)) return undefined;
      thing.#check("wait for", "reads");
      return thing.#ref.id;
    });
  }

  /** Which end of its pipe it is: the name ends with it. */
  get #end(): number {
    return Number(this.#ref.id.at(-1));
  }

  get #direction(): Direction {
    if (this.#ref.id.includes(":duplex/")) return "both";
    return this.#end === 0 ? "reads" : "writes";
  }

  /** Has this process closed it? */
  get closed(): boolean {
    return this.#ref.closed;
  }
  /** Can it receive? */
  get readable(): boolean {
    return !this.closed && this.#direction !== "writes";
  }
  /** Can it send? */
  get writable(): boolean {
    return !this.closed && this.#direction !== "reads";
  }

  #check(verb: string, needs: "reads" | "writes"): void {
    if (this.closed) throw new InvalidStateError(`Cannot ${verb} connection: it is closed`);
    const direction = this.#direction;
    if (direction !== "both" && direction !== needs)
      throw new InvalidStateError(`Cannot ${verb} connection: this end only ${direction}`);
  }

  /**
   * Sends a value. Waits while more than 1 MiB is on its way to a reader that does not read.
   *
   * @throws CaptureError; ProcessError when nobody has the other end any more; InvalidStateError when it is closed.
   */
  send(value: unknown): void {
    this.#check("send to", "writes");
    const portable = new Portable(value, "message");
    try {
      this.#give(NO_BYTES, portable);
    } finally {
      portable.release();
    }
  }

  /** Sends what the short way takes, or else by the broker. */
  #give(raw: Uint8Array, portable?: Portable): void {
    // Who holds the ends in a message is for the broker to count.
    const isShort = this.#sending === 0 && (portable === undefined || portable.refs.length === 0);
    const outcome = isShort ? this.#out.send(raw, portable) : undefined;
    if (outcome === true) return;
    const numbers = [this.#end, ...this.#out.numbers(outcome)];
    const value = portable && { message: portable.publish(), refs: portable.refs };
    const reply = this.#ref.call("send", { numbers, raw, ...value });
    this.#out.learn(reply.numbers);
    this.#sent(reply);
  }

  /** {@link send} without blocking the thread. */
  async sendAsync(value: unknown, options?: { signal?: AbortSignal }): Promise<void> {
    this.#check("send to", "writes");
    const asking = { numbers: [this.#end], ...packed(value, "message") };
    this.#sending++;
    try {
      this.#sent(await this.#ref.callAsync("send", asking, signalOf(options)));
    } finally {
      this.#sending--;
    }
  }

  #sent(reply: Reply): void {
    if (reply.status === "broken-pipe")
      throw new ProcessError("Cannot send to connection: nobody has its other end any more");
    if (reply.status !== "") throw unexpected("send to", "connection", reply);
  }

  /**
   * Receives a value, waiting for it if need be.
   *
   * @throws EOFError when nothing is left and nobody has the other end any more; InvalidStateError; InterruptedError.
   */
  recv(): unknown {
    this.#check("receive from", "reads");
    return valueOf(this.#get());
  }

  /** Gets what the short way has, or else from the broker. */
  #get(): Content {
    const taken = this.#receiving > 0 ? undefined : this.#in.receive();
    if (taken === undefined) return this.#received(this.#ask());
    if (taken.claim === undefined) return taken;
    let mine = false;
    try {
      const reply = this.#ask(taken.claim);
      mine = reply.status === "yours";
      return mine ? taken : this.#received(reply);
    } finally {
      if (!mine && taken.message !== 0) discard(taken.message);
    }
  }

  #ask(claim?: Claim): Reply {
    const reply = this.#ref.call("recv", { numbers: [this.#end, ...this.#in.numbers(claim)] });
    this.#in.learn(reply.numbers);
    this.#in.heard(reply.raw.length + (reply.message === 0 ? 0 : bytesOf(reply.message).length));
    return reply;
  }

  /** {@link recv} without blocking the thread. */
  async recvAsync(options?: { signal?: AbortSignal }): Promise<unknown> {
    this.#check("receive from", "reads");
    const reply = await this.#getLater(signalOf(options));
    if (reply.message !== 0) await prepare(reply.message);
    return valueOf(reply);
  }

  async #getLater(signal: AbortSignal | undefined): Promise<Reply> {
    this.#receiving++;
    try {
      const asking = { numbers: [this.#end] };
      return this.#received(
        await this.#ref.callAsync("recv", asking, signal, (late) => this.#giveBack(late)),
      );
    } finally {
      this.#receiving--;
    }
  }

  #giveBack({ status, message, raw }: Reply): void {
    if (status === "")
      this.#ref.post("unrecv", { numbers: [this.#end], raw, ...(message !== 0 && { message }) });
  }

  #received(reply: Reply): Reply {
    if (reply.status === "eof")
      throw new EOFError(
        "Cannot receive from connection: nothing is left, and nobody has its other end any more",
      );
    if (reply.status !== "") throw unexpected("receive from", "connection", reply);
    return reply;
  }

  /**
   * Sends bytes as one message, or `size` of them from `offset` on.
   *
   * @throws RangeError for what is not inside of them; what {@link send} throws.
   */
  sendBytes(bytes: Uint8Array, offset: number = 0, size: number = bytes.length - offset): void {
    this.#check("send to", "writes");
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`Cannot send bytes: they must be a Uint8Array`);
    if (!(offset >= 0 && size >= 0 && offset + size <= bytes.length))
      throw new RangeError(`Cannot send ${size} bytes from ${offset} on: there are ${bytes.length}`);
    // One more byte in front: a message without bytes is a message, too.
    const raw = new Uint8Array(size + 1);
    raw.set(bytes.subarray(offset, offset + size), 1);
    this.#give(raw);
  }

  /**
   * Receives bytes that {@link sendBytes} has sent.
   *
   * @throws RangeError when there are more than `maxLength`: the connection is closed; what {@link recv} throws.
   */
  recvBytes(maxLength: number = Infinity): Uint8Array {
    this.#check("receive from", "reads");
    if (!(maxLength >= 0))
      throw new RangeError(`Cannot receive bytes: maxLength must be 0 or more, got ${maxLength}`);
    const reply = this.#get();
    if (reply.message !== 0) {
      discard(reply.message);
      throw new InvalidStateError("Cannot receive bytes: the message is a value; receive it with recv()");
    }
    const bytes = bytesIn(reply);
    if (bytes.length <= maxLength) return bytes;
    this.close();
    throw new RangeError(`Cannot receive bytes: the message has ${bytes.length}, more than ${maxLength}`);
  }

  /** Receives bytes into `target` from `offset` on; returns how many. What does not fit is in the RangeError's cause. */
  recvBytesInto(target: Uint8Array, offset: number = 0): number {
    if (!(offset >= 0 && offset <= target.length))
      throw new RangeError(`Cannot receive bytes: offset ${offset} is not in an array of ${target.length}`);
    const bytes = this.recvBytes();
    if (bytes.length > target.length - offset)
      throw new RangeError(
        `Cannot receive bytes: ${bytes.length} do not fit into ${target.length - offset}`,
        {
          cause: bytes,
        },
      );
    target.set(bytes, offset);
    return bytes.length;
  }

  /** Is there something to receive, or will there never be? Waits for it at most as long as the timeout; default: 0. */
  poll(timeout: Timeout | null = 0): boolean {
    this.#check("poll", "reads");
    const timeoutMs = timeout === null ? Infinity : waitMs(timeout);
    if (this.#receiving === 0 && this.#in.peek()) return true;
    return this.#ref.call("poll", { numbers: [this.#end], timeoutMs }).status === "";
  }

  /** {@link poll} without blocking the thread. */
  async pollAsync(timeout: Timeout | null = 0): Promise<boolean> {
    this.#check("poll", "reads");
    const timeoutMs = timeout === null ? Infinity : waitMs(timeout);
    return (
      (await this.#ref.callAsync("poll", { numbers: [this.#end], timeoutMs }, signalOf(timeout))).status ===
      ""
    );
  }

  /** Closes this end for this process. A second time nothing happens. */
  close(): void {
    this.#in.renounce();
    this.#out.close();
    if (this.#ref.close()) this.#ref.post("close", { numbers: [this.#end] });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** `<Connection open, reads and writes>` */
  toString(): string {
    const direction = this.#direction === "both" ? "reads and writes" : this.#direction;
    return `<${labelOf("Connection", this.#ref.name)} ${this.closed ? "closed" : "open"}, ${direction}>`;
  }
}

/** What was received: bytes, or a value in a message. */
type Content = Pick<Reply, "raw" | "message"> & Partial<Received>;

function bytesIn({ raw }: Content): Uint8Array {
  return new Uint8Array(raw.subarray(1));
}

function valueOf(content: Content): unknown {
  return content.message === 0 ? bytesIn(content) : take(content.message, content.blobs);
}

/**
 * Two connected ends. With `duplex` false the first only receives and the second only sends.
 *
 * @example
 * ```ts
 * import { Pipe } from "heddle/multiprocessing";
 * const [reader, writer] = Pipe(false);
 * writer.send({ n: 1 });
 * console.log(reader.recv()); // { n: 1 }
 * ```
 */
export function Pipe(duplex: boolean = true): [Connection, Connection] {
  const thing = `Pipe:${newId()}:${duplex ? "duplex" : "simplex"}`;
  const ids = [`${thing}/0`, `${thing}/1`] as const;
  postFrame({ kind: "HOLD", process: processId(), refs: ids.join(",") });
  return [new Connection(ids[0]), new Connection(ids[1])];
}

registerRemoteClass("Connection", () => new Connection(""));
shownAsText(Connection);
