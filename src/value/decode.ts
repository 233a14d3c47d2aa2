/**
 * The decoder: from the bytes of a message back to a value (see tags.ts).
 *
 * Announced objects are created empty and join a queue; then their contents are
 * read in the same order. Functions exist unlinked until their captured values
 * were read, so cycles of any kind come out whole.
 */
import { buffer } from "../core/memory.ts";
import type { Addr } from "../core/word.ts";
import { InternalError } from "../errors.ts";
import { construct } from "./constructed.ts";
import { functionCodec } from "./function-codec.ts";
import { FunctionContents, readContents, readPlain } from "./fill.ts";
import { handleAt } from "./handle.ts";
import { HOLE } from "./hole.ts";
import { interopView } from "./interop.ts";
import { resolveExport } from "./known.ts";
import { symbolAt } from "./origin.ts";
import { localOrigin, openRemote } from "./portable-tables.ts";
import { bufferOver, newMemory } from "./platform.ts";
import { Reader } from "./reader.ts";
import { Recipe } from "./recipe.ts";
import { sharedBufferPort } from "./shared-buffers.ts";
import { TAG, type ViewConstructor, VIEWS } from "./tags.ts";

/** In place of a length: the object has nothing but properties. */
const PLAIN = -1;

export class Decoder {
  readonly from: Reader;
  readonly #blobs: number;
  readonly #objects: unknown[] = [];
  readonly #keys: PropertyKey[] = [];
  readonly #queue: object[] = [];
  /** For each of them what it is to be: an array's length, or PLAIN. */
  readonly #lengths: number[] = [];
  /** Of a message from another process: the code records here, by their numbers in it. */
  readonly #codes: readonly Addr[] | undefined;
  /** Its blobs in the order in which the message mentions them, if they are not in it. */
  readonly #ready: readonly ArrayBuffer[] | undefined;
  #blob = 0;

  /** Reads the message whose bytes start at `start` and whose blobs start at `blobs`, or are `ready`. */
  constructor(start: number, blobs: number, codes?: readonly Addr[], ready?: readonly ArrayBuffer[]) {
    this.from = new Reader(start);
    this.#blobs = blobs;
    this.#codes = codes;
    this.#ready = ready;
  }

  #code(): Addr {
    const code = this.from.count();
    return this.#codes === undefined ? (code as Addr) : (this.#codes[code] as Addr);
  }

  #origin(): number {
    const origin = this.from.f64();
    return this.#codes === undefined ? origin : localOrigin(origin);
  }

  decode(): unknown {
    const value = this.value();
    for (let i = 0; i < this.#queue.length; i++) {
      const object = this.#queue[i] as object;
      const length = this.#lengths[i] as number;
      if (length === PLAIN) readPlain(this, object);
      else readContents(this, object, length);
    }
    return value;
  }

  value(): unknown {
    const { from } = this;
    const tag = from.byte();
    switch (tag) {
      case TAG.UNDEFINED:
        return undefined;
      case TAG.NULL:
        return null;
      case TAG.TRUE:
        return true;
      case TAG.FALSE:
        return false;
      case TAG.NATURAL:
        return from.count();
      case TAG.NEGATIVE:
        return -1 - from.count();
      case TAG.DOUBLE:
        return from.f64();
      case TAG.STRING:
        return from.text();
      case TAG.BIGINT:
        return BigInt(from.text());
      case TAG.REF:
        return this.#objects[from.count()];
      case TAG.HOLE:
        return HOLE;
      default:
        return this.#announced(tag);
    }
  }

  /** The next key; `marked`: flags follow it. */
  key(): { key: PropertyKey; marked: boolean } {
    const head = this.from.count();
    const index = head >> 1;
    if (index === this.#keys.length) this.#keys.push(this.value() as PropertyKey);
    keyResult.key = this.#keys[index] as PropertyKey;
    keyResult.marked = (head & 1) === 1;
    return keyResult;
  }

  #announced(tag: number): unknown {
    const number = this.#objects.push(undefined) - 1;
    const value = tag === TAG.WITH_PROTOTYPE ? this.#withPrototype(number) : this.#create(tag, number);
    this.#objects[number] = value;
    return value;
  }

  #withPrototype(number: number): object {
    const prototype = this.value() as object | null;
    const tag = this.from.byte();
    if (tag === TAG.OBJECT) return this.#later(Object.create(prototype) as object);
    return Object.setPrototypeOf(this.#create(tag, number), prototype) as object;
  }

  /** Its contents are read in its turn. */
  #later<T extends object>(value: T, length = 0): T {
    this.#queue.push(value);
    this.#lengths.push(length);
    return value;
  }

  #create(tag: number, number: number): unknown {
    const { from } = this;
    switch (tag) {
      case TAG.OBJECT:
        return this.#later({}, PLAIN);
      case TAG.ARRAY:
        return this.#later([], from.count());
      case TAG.HANDLE:
        return handleAt(from.count() as Addr);
      case TAG.FUNCTION:
        return this.#function(number);
      case TAG.CLASS:
        return this.#class(number);
      case TAG.KNOWN: {
        const module = this.key().key as string;
        return resolveExport(module, this.key().key as string);
      }
      case TAG.MAP:
        return this.#later(new Map());
      case TAG.SET:
        return this.#later(new Set());
      case TAG.ERROR:
        return this.#later(newError(from.text()));
      case TAG.PROTOTYPE_OF:
        return (this.value() as { prototype: object }).prototype;
      default:
        return this.#createRarer(tag);
    }
  }

  #createRarer(tag: number): unknown {
    const { from } = this;
    switch (tag) {
      case TAG.DATE:
        return this.#later(new Date(from.f64()));
      case TAG.REGEXP: {
        const expression = new RegExp(from.text(), from.text());
        expression.lastIndex = this.value() as number;
        return this.#later(expression);
      }
      case TAG.BOXED:
        return this.#later(Object(this.value()) as object);
      case TAG.CONSTRUCTED:
        return construct(from.text(), JSON.parse(from.text()) as unknown[]);
      case TAG.RECIPE:
        return functionCodec().recipe(new Recipe(from.text() as Recipe["kind"], from.text()));
      case TAG.INTEROP:
        return interopView(this.value() as object, from.byte() === 1);
      case TAG.STAND_IN:
        return from.text();
      case TAG.SYMBOL_FOR:
        return Symbol.for(from.text());
      case TAG.SYMBOL_WELL_KNOWN:
        return (Symbol as unknown as Record<string, symbol>)[from.text()];
      case TAG.SYMBOL:
        return symbolAt(this.#origin(), this.value() as string | undefined);
      case TAG.REMOTE:
        return openRemote(from.text(), this.#bytes());
      default:
        return this.#createBinary(tag);
    }
  }

  #createBinary(tag: number): unknown {
    const { from } = this;
    switch (tag) {
      case TAG.BYTES:
      case TAG.BLOB:
        return this.#binary(tag);
      case TAG.BUFFER: {
        const inner = from.byte();
        if (inner === TAG.BYTES || inner === TAG.BLOB) {
          const memory = this.#binary(inner);
          return bufferOver(memory, 0, memory.byteLength);
        }
        from.at--;
        return bufferOver(this.value() as SharedArrayBuffer, from.count(), from.count());
      }
      case TAG.VIEW: {
        const kind = VIEWS[from.byte()] as ViewConstructor;
        return new kind(this.value() as ArrayBuffer, from.count(), from.count());
      }
      case TAG.HEAP_VIEW: {
        const kind = VIEWS[from.byte()] as ViewConstructor;
        return new kind(buffer, from.count(), from.count());
      }
      case TAG.SHARED_BUFFER: {
        const id = from.count();
        return sharedBufferPort()?.fetch(id);
      }
      default:
        throw new InternalError(`Cannot read a message: unknown tag ${tag} at ${from.at - 1}`);
    }
  }

  #bytes(): Uint8Array {
    const length = this.from.count();
    const start = this.from.at;
    this.from.at += length;
    return new Uint8Array(buffer, start, length);
  }

  #binary(tag: number): ArrayBuffer {
    const { from } = this;
    const length = from.count();
    const largest = from.count();
    if (tag === TAG.BYTES) {
      const memory = largest === 0 ? new ArrayBuffer(length) : newResizable(length, largest - 1);
      new Uint8Array(memory).set(new Uint8Array(buffer, from.at, length));
      from.at += length;
      return memory;
    }
    const start = this.#blobs + from.count();
    const ready = this.#ready?.[this.#blob++];
    if (ready !== undefined && largest === 0) return ready;
    const memory = largest === 0 ? newMemory(length) : newResizable(length, largest - 1);
    const source = ready === undefined ? new Uint8Array(buffer, start, length) : new Uint8Array(ready);
    new Uint8Array(memory).set(source);
    return memory;
  }

  #function(number: number): unknown {
    const shell = functionCodec().build(this.#code(), this.#origin());
    this.#objects[number] = shell.value;
    this.#later(new FunctionContents(shell, shell.size));
    return shell.value;
  }

  #class(number: number): unknown {
    const code = this.#code();
    const origin = this.#origin();
    const superclass = this.value();
    const early = functionCodec().earlyValues(code);
    const values = early > 0 ? Array.from({ length: early }, () => this.value()) : undefined;
    const shell = functionCodec().buildClass(code, origin, superclass, values);
    this.#objects[number] = shell.value;
    this.#later(new FunctionContents(shell, early > 0 ? 0 : shell.size));
    return shell.value;
  }
}

function newResizable(length: number, maxByteLength: number): ArrayBuffer {
  return new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(length, { maxByteLength });
}

/** One object for all keys: it is read before the next key. */
const keyResult: { key: PropertyKey; marked: boolean } = { key: "", marked: false };

/** An Error without looking at the stack of this moment. */
function newError(stack: string): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new Error();
  Error.stackTraceLimit = limit;
  Object.defineProperty(error, "stack", {
    value: stack,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return error;
}
