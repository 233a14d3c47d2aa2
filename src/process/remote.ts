/**
 * What processes share, as one process sees it: a record with its name among
 * processes. The thing itself is in the broker; its handles here only ask.
 */
import { free } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field } from "../core/layout.ts";
import { REMOTE } from "../core/process-layout.ts";
import { readText, writeText } from "../core/text.ts";
import { type Addr, load, or, store } from "../core/word.ts";
import { InternalError } from "../errors.ts";
import { nameOf, newRecord } from "../sync/named.ts";
import { dropCollected, onGarbage } from "../value/garbage.ts";
import { bind, registerHandle, type RemoteName } from "../value/handle.ts";
import { bytesOf, discard, load as loadMessage } from "../value/message.ts";
import { receive } from "../value/portable.ts";
import { registerRemote } from "../value/portable-tables.ts";
import { call, callAsync, packed, post, type Reply, type Request } from "./calls.ts";
import { NO_BYTES } from "./frame.ts";
import { newId } from "./identity.ts";

/** REMOTE.FLAGS */
const CLOSED = 1;
const SENT = 2;

/** What a new thing is. */
export interface Description {
  /** The class of its handles. */
  readonly type: string;
  /** Its name among processes; see {@link thingName}. */
  readonly id: string;
  readonly name?: string | undefined;
  readonly extra?: unknown;
}

/** A name for a new thing: its type, a number that it alone has, its parameters. */
export function thingName(type: string, ...parameters: readonly (string | number)[]): string {
  return [type, newId(), ...parameters].join(":");
}

/** What a request says beside whom it asks. */
export type Asking = Omit<Request, "object" | "method">;

/** The record that the next handle is to open instead of making one. */
let opening: Addr | undefined;

/** A handle's way to its thing. */
export class RemoteRef {
  readonly record: Addr;
  /** Its name among processes. */
  readonly id: string;
  readonly #thing: string;

  /** Ties a new handle to the record being opened, or to one of a new thing. */
  constructor(handle: object, describe: () => Description) {
    const opened = opening;
    opening = undefined;
    this.record = opened ?? createRecord(describe());
    this.id = readText(load(field(this.record, REMOTE.ID)) as Addr);
    this.#thing = this.id.split(/[/#]/)[0] as string;
    bind(handle, this.record);
    here.set(this.id, new WeakRef(handle));
  }

  get name(): string | undefined {
    return nameOf(this.record, REMOTE.NAME);
  }
  /** What else belongs to it. */
  get extra(): unknown {
    const message = load(field(this.record, REMOTE.EXTRA)) as Addr;
    return message === 0 ? undefined : loadMessage(message);
  }
  get closed(): boolean {
    return (load(field(this.record, REMOTE.FLAGS)) & CLOSED) !== 0;
  }
  /** Closes it for this process. False: it was closed already. */
  close(): boolean {
    return (or(field(this.record, REMOTE.FLAGS), CLOSED) & CLOSED) === 0;
  }

  call(method: string, asking: Asking = {}, uninterruptible: boolean = false): Reply {
    return call({ ...asking, object: this.#thing, method }, uninterruptible);
  }
  callAsync(
    method: string,
    asking: Asking,
    signal?: AbortSignal,
    undo?: (reply: Reply) => void,
  ): Promise<Reply> {
    return callAsync({ ...asking, object: this.#thing, method }, signal, undo);
  }
  post(method: string, asking: Asking = {}): void {
    post({ ...asking, object: this.#thing, method });
  }
}

/** The handles of this isolate, by the name of their thing. */
const here = new Map<string, WeakRef<object>>();
onGarbage(() => dropCollected(here));
const makers = new Map<string, () => object>();

/** Lets handles of a class be opened from their records. */
export function registerRemoteClass(type: string, make: () => object): void {
  makers.set(type, make);
}

function createRecord({ type, id, name, extra }: Description, received: Uint8Array = NO_BYTES): Addr {
  const record = newRecord(KIND.NONE, REMOTE.NAME, name);
  store(field(record, REMOTE.TYPE), writeText(type));
  store(field(record, REMOTE.ID), writeText(id));
  if (extra !== undefined) store(field(record, REMOTE.EXTRA), packed(extra, type).message);
  if (received.length > 0) store(field(record, REMOTE.EXTRA), receive(received));
  store(record, KIND.REMOTE);
  return record;
}

function open(record: Addr): object {
  const type = readText(load(field(record, REMOTE.TYPE)) as Addr);
  const make = makers.get(type);
  if (make === undefined) throw new InternalError(`Cannot open ${type}: this thread does not know the class`);
  opening = record;
  return make();
}

const isClosed = (record: Addr): boolean => (load(field(record, REMOTE.FLAGS)) & CLOSED) !== 0;

function portable(record: Addr): RemoteName {
  or(field(record, REMOTE.FLAGS), SENT);
  const type = readText(load(field(record, REMOTE.TYPE)) as Addr);
  const id = readText(load(field(record, REMOTE.ID)) as Addr);
  const name = nameOf(record, REMOTE.NAME);
  const extra = load(field(record, REMOTE.EXTRA)) as Addr;
  return {
    name: JSON.stringify(name === undefined ? [type, id] : [type, id, name]),
    extra: extra === 0 ? NO_BYTES : bytesOf(extra),
    ref: id.includes("/") && !isClosed(record) ? id : "",
  };
}

registerRemote((text, extra) => {
  const [type, id, name] = JSON.parse(text) as [string, string, string?];
  const known = here.get(id)?.deref();
  if (known !== undefined && !closedHandles(known)) return known;
  return open(createRecord({ type, id, name }, extra));
});

/** Told by connections, which alone are closed and opened again. */
let closedHandles: (handle: object) => boolean = () => false;
export function setClosedHandles(test: (handle: object) => boolean): void {
  closedHandles = test;
}

/** Nobody in this process can use it any more. */
function forgotten(record: Addr): void {
  const id = readText(load(field(record, REMOTE.ID)) as Addr);
  if (id.includes("/") && !isClosed(record)) {
    const [thing = "", end] = id.split("/");
    post({ object: thing, method: "close", numbers: [Number(end)] });
  } else if ((load(field(record, REMOTE.FLAGS)) & SENT) === 0 && !id.includes("/")) {
    post({ object: "", method: "drop", text: id });
  }
}

registerHandle({
  kind: KIND.REMOTE,
  name: "thing that processes share",
  create: open,
  portable,
  reclaim: (record) => {
    forgotten(record);
    for (const offset of [REMOTE.TYPE, REMOTE.ID, REMOTE.NAME]) {
      const text = load(field(record, offset)) as Addr;
      if (text !== 0) free(text);
    }
    const extra = load(field(record, REMOTE.EXTRA)) as Addr;
    if (extra !== 0) discard(extra);
    free(record);
  },
});
