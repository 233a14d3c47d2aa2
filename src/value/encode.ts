/**
 * The encoder: from a value to the bytes of a message (see tags.ts).
 *
 * Announcing an object writes its kind and what the reader needs to create it;
 * its contents wait in a queue. Only class chains and prototypes nest.
 */
import { buffer } from "../core/memory.ts";
import type { Addr } from "../core/word.ts";
import { CaptureError } from "../errors.ts";
import { announce } from "./announce.ts";
import { Bytes } from "./bytes.ts";
import { writeContents, writePlain } from "./contents.ts";
import { addressOf, portableName } from "./handle.ts";
import { knownAs } from "./known.ts";
import { ModuleExport } from "./module-export.ts";
import { Numbering } from "./numbering.ts";
import { type PortableTables, worldwide } from "./portable-tables.ts";
import { BLOB_BYTES, HEAD, nextPiece, TAG } from "./tags.ts";
import { kinds } from "./platform.ts";
import type { Recipe } from "./recipe.ts";
import { Refusal } from "./refusal.ts";
import { Trail } from "./trail.ts";

/** Whole numbers up to this many are written in few bytes. */
const NATURALS = 2 ** 48;
/** A queue that grew past this is given back after the message. */
const KEEP_QUEUED = 64;

export class Encoder {
  readonly bytes: Bytes = new Bytes();
  readonly trail: Trail = new Trail();
  /** Addresses of heddle's objects in the message, once each. */
  readonly handles: Addr[] = [];
  /** Modules whose exports the message names. */
  readonly modules: Set<string> = new Set();
  /** Large binary contents, which go straight into the message's block. */
  readonly blobs: Uint8Array[] = [];
  blobBytes = 0;
  readonly #numbers = new Numbering<object | symbol>();
  readonly #keys = new Numbering<PropertyKey>();
  /** Objects whose contents are to be written, and their numbers; of a plain object, all bits of the number flipped. */
  #queue: (object | undefined)[] = [];
  #queueNumbers: number[] = [];
  #queued = 0;
  #lenient = false;

  /** Writes the message of a value. On failure nothing shared was touched. */
  encode(value: unknown, what: string, lenient: boolean, portable?: PortableTables): void {
    this.#lenient = lenient;
    this.portable = portable;
    this.bytes.at = HEAD.BYTES;
    try {
      this.value(value, -1, typeof value === "function" ? value.name || "the function" : "");
      for (let i = 0; i < this.#queued; i++) {
        const object = this.#queue[i] as object;
        const number = this.#queueNumbers[i] as number;
        if (number < 0) writePlain(this, object, ~number);
        else writeContents(this, object, number);
      }
    } catch (error) {
      if (!(error instanceof Located)) throw error;
      const subject = error.path === "" ? "it" : error.path;
      throw new CaptureError(`Cannot send ${what}: ${subject} ${error.reason}`);
    }
  }

  /** Forgets the message. What is empty already is left alone: emptying costs more than a small message does. */
  reset(): void {
    this.bytes.reset();
    this.trail.reset();
    if (this.handles.length > 0) this.handles.length = 0;
    if (this.modules.size > 0) this.modules.clear();
    if (this.blobs.length > 0) this.blobs.length = 0;
    this.blobBytes = 0;
    this.#numbers.reset();
    this.#keys.reset();
    if (this.#queued > KEEP_QUEUED) this.#queue = [];
    else for (let i = 0; i < this.#queued; i++) this.#queue[i] = undefined;
    this.#queued = 0;
  }

  /** Writes a value that was met inside the object `parent` as `label`. */
  value(value: unknown, parent: number, label: PropertyKey): void {
    switch (typeof value) {
      case "string":
        this.bytes.byte(TAG.STRING);
        return this.bytes.text(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.bytes.byte(value ? TAG.TRUE : TAG.FALSE);
      case "undefined":
        return this.bytes.byte(TAG.UNDEFINED);
      case "bigint":
        this.bytes.byte(TAG.BIGINT);
        return this.bytes.text(value.toString());
      case "symbol":
        return this.#reference(value, parent, label);
      default:
        return value === null ? this.bytes.byte(TAG.NULL) : this.#reference(value as object, parent, label);
    }
  }

  #number(value: number): void {
    if (value >= 0 && value < NATURALS && Math.floor(value) === value && !Object.is(value, -0)) {
      this.bytes.byte(TAG.NATURAL);
      this.bytes.count(value);
    } else if (value < 0 && value > -NATURALS && Math.floor(value) === value) {
      this.bytes.byte(TAG.NEGATIVE);
      this.bytes.count(-1 - value);
    } else {
      this.bytes.byte(TAG.DOUBLE);
      this.bytes.f64(value);
    }
  }

  #reference(value: object | symbol, parent: number, label: PropertyKey): void {
    const number = this.#numbers.find(value);
    if (number >= 0) {
      this.bytes.byte(TAG.REF);
      return this.bytes.count(number);
    }
    if (this.#lenient) return this.#announceOrDescribe(value, parent, label);
    try {
      this.#announce(value, parent, label);
    } catch (error) {
      throw error instanceof Refusal
        ? new Located(this.trail.to(parent, labelOf(value, label)), error.reason)
        : error;
    }
  }

  /** Is a text put in place of what cannot cross? */
  get lenient(): boolean {
    return this.#lenient;
  }

  /** Writes a part that an object cannot be without: where it cannot cross, neither can the object. */
  part(value: unknown, parent: number, label: PropertyKey): void {
    const lenient = this.#lenient;
    this.#lenient = false;
    try {
      this.value(value, parent, label);
    } catch (error) {
      throw lenient && error instanceof Located ? new Refusal(error.reason) : error;
    } finally {
      this.#lenient = lenient;
    }
  }

  /** Announces a value, or a text about it where it cannot cross and losing the rest would be worse. */
  #announceOrDescribe(value: object | symbol, parent: number, label: PropertyKey): void {
    const { at } = this.bytes;
    const sizes = [this.#numbers.length, this.#keys.length, this.#queued, this.handles.length] as const;
    try {
      this.#announce(value, parent, label);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.bytes.at = at;
      this.#rollBack(...sizes);
      this.#numbers.add(value);
      this.trail.push(parent, label);
      this.bytes.byte(TAG.STAND_IN);
      this.bytes.text(`[${describe(value)}]`);
    }
  }

  /** Forgets what was announced from the object `number` on. */
  #rollBack(number: number, keys: number, queued: number, handles: number): void {
    this.#numbers.cut(number);
    this.#keys.cut(keys);
    this.trail.cut(number);
    this.#queued = queued;
    this.handles.length = handles;
  }

  #announce(value: object | symbol, parent: number, label: PropertyKey): void {
    const number = this.#numbers.add(value);
    this.trail.push(parent, labelOf(value, label));
    if (typeof value !== "symbol") {
      const address = addressOf(value);
      if (address !== undefined) return this.handle(address);
      if (typeof value === "object" && kinds.isProxy(value))
        throw new Refusal("is a Proxy, which cannot be copied; send what is behind it");
    }
    const known = typeof value === "symbol" ? undefined : knownAs(value);
    if (known instanceof ModuleExport) return this.known(known);
    if (known !== undefined) return this.recipe(known);
    announce(this, value, number);
  }

  /** Writes the name of a value that the receiver has. */
  known(name: ModuleExport): void {
    if (name.module.startsWith("esm:")) this.modules.add(name.module);
    this.bytes.byte(TAG.KNOWN);
    this.key(name.module, false);
    this.key(name.member, false);
  }

  /** Writes how an object is made again. */
  recipe(recipe: Recipe): void {
    this.bytes.byte(TAG.RECIPE);
    this.bytes.text(recipe.kind);
    this.bytes.text(recipe.of);
  }

  /** Set while the message is for another process: what is to be sent beside it. */
  portable: PortableTables | undefined = undefined;

  /** Writes a code record: its address, or, for another process, its number among those sent along. */
  code(record: Addr): void {
    this.bytes.count(this.portable === undefined ? record : this.portable.numberOf(record));
  }

  /** Writes an origin; for another process, as a number that is unique among processes. */
  origin(origin: number): void {
    this.bytes.f64(this.portable === undefined ? origin : worldwide(origin));
  }

  /** Writes one of heddle's objects; the message holds a reference to it. */
  handle(address: Addr): void {
    if (this.portable !== undefined) {
      const { name, extra, ref } = portableName(address);
      if (ref !== "") this.portable.refs.push(ref);
      this.bytes.byte(TAG.REMOTE);
      this.bytes.text(name);
      this.bytes.count(extra.length);
      return this.bytes.raw(extra);
    }
    this.handles.push(address);
    this.bytes.byte(TAG.HANDLE);
    this.bytes.count(address);
  }

  /** The object that was just announced as `number` has contents: they are written later. */
  later(value: object, number: number): void {
    this.#queue[this.#queued] = value;
    this.#queueNumbers[this.#queued++] = number;
  }

  /** Like {@link later}, of an object that has nothing but properties. */
  plainLater(value: object, number: number): void {
    this.later(value, ~number);
  }

  /** Writes a property key; `marked` tells the reader that flags follow. */
  key(key: PropertyKey, marked: boolean): void {
    let index = this.#keys.find(key);
    const isNew = index < 0;
    if (isNew) index = this.#keys.add(key);
    this.bytes.count(index * 2 + (marked ? 1 : 0));
    if (isNew) this.value(typeof key === "number" ? String(key) : key, -1, "");
  }

  /** Writes binary contents: in line when small, beside the message when large. */
  binary(memory: ArrayBuffer | SharedArrayBuffer, offset: number, length: number, largest: number): void {
    const large = length >= BLOB_BYTES;
    this.bytes.byte(large ? TAG.BLOB : TAG.BYTES);
    this.bytes.count(length);
    this.bytes.count(largest);
    const source = new Uint8Array(memory, offset, length);
    if (!large) return this.bytes.raw(source);
    this.blobBytes = nextPiece(this.blobBytes);
    this.bytes.count(this.blobBytes);
    this.blobs.push(source);
    this.blobBytes += length;
  }

  /** Is this memory heddle's own? Then views of it cross as places in it. */
  isOwnMemory(memory: ArrayBufferLike): boolean {
    return memory === buffer;
  }
}

/** A refusal, and the path to what was refused. */
class Located {
  readonly path: string;
  readonly reason: string;
  constructor(path: string, reason: string) {
    this.path = path;
    this.reason = reason;
  }
}

/** A function is best known by its own name. */
function labelOf(value: object | symbol, label: PropertyKey): PropertyKey {
  return typeof value === "function" && value.name !== "" ? value.name : label;
}

function describe(value: object | symbol): string {
  if (typeof value === "symbol") return String(value);
  if (typeof value === "function") return `Function: ${value.name || "(anonymous)"}`;
  return kinds.isProxy(value) ? "Proxy" : Object.prototype.toString.call(value).slice(8, -1);
}
