/** What the encoder writes when it first meets an object, by the object's kind. */
import { constructedFrom } from "./constructed.ts";
import type { Encoder } from "./encode.ts";
import { functionCodec } from "./function-codec.ts";
import type { AnyFunction } from "./function-image.ts";
import { platformName } from "./known.ts";
import { ModuleExport } from "./module-export.ts";
import { originOf, symbolOrigin } from "./origin.ts";
import { isBuffer, kinds } from "./platform.ts";
import { Interop, Recipe } from "./recipe.ts";
import { Refusal } from "./refusal.ts";
import { sharedBufferPort } from "./shared-buffers.ts";
import { TAG, VIEWS } from "./tags.ts";

/** Announces an object or a symbol that is neither heddle's nor known by name. */
export function announce(to: Encoder, value: object | symbol, number: number): void {
  if (typeof value === "symbol") return announceSymbol(to, value);
  if (typeof value === "function") return announceFunction(to, value as AnyFunction, number);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype && value.constructor === Object) {
    to.bytes.byte(TAG.OBJECT);
    return to.plainLater(value, number);
  }
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype) announcePrototype(to, value, prototype, number);
    to.bytes.byte(TAG.ARRAY);
    to.bytes.count(value.length);
    return to.later(value, number);
  }
  if (announceName(to, value) || announceOwner(to, value)) return;
  if (isExotic(value) && !(value instanceof DOMException))
    return announceExotic(to, value, prototype, number);
  const made = constructedFrom(value);
  if (made !== undefined) {
    to.bytes.byte(TAG.CONSTRUCTED);
    to.bytes.text(made[0]);
    return to.bytes.text(JSON.stringify(made[1]));
  }
  if (prototype !== Object.prototype) {
    const name = announceInstance(to, value, prototype, number);
    if (name !== undefined) return to.known(name);
  }
  to.bytes.byte(TAG.OBJECT);
  to.later(value, number);
}

/** Says what an instance's prototype is, or returns the name under which the platform has the instance itself. */
function announceInstance(
  to: Encoder,
  value: object,
  prototype: object | null,
  number: number,
): ModuleExport | undefined {
  try {
    announcePrototype(to, value, prototype, number);
    return undefined;
  } catch (error) {
    // process.stdout is a Socket, and every thread has it.
    const name = error instanceof Refusal ? platformName(value) : undefined;
    if (name instanceof ModuleExport) return name;
    throw error;
  }
}

/** Stand-ins that closure/ puts among captured values: names and recipes. */
function announceName(to: Encoder, value: object): boolean {
  if (value instanceof ModuleExport) {
    to.known(value);
  } else if (value instanceof Recipe) {
    to.recipe(value);
  } else if (value instanceof Interop) {
    to.bytes.byte(TAG.INTEROP);
    to.value(value.exports, -1, "");
    to.bytes.byte(value.defaultIsModule ? 1 : 0);
  } else {
    return false;
  }
  return true;
}

/** A function's prototype object crosses as that function's. */
function announceOwner(to: Encoder, value: object): boolean {
  const owner = ownerOf(value);
  if (owner === undefined) return false;
  to.bytes.byte(TAG.PROTOTYPE_OF);
  to.part(owner, -1, owner.name);
  return true;
}

/** The function whose prototype this is. */
function ownerOf(value: object): AnyFunction | undefined {
  const owner: unknown = Object.getOwnPropertyDescriptor(value, "constructor")?.value;
  return typeof owner === "function" && owner.prototype === value ? (owner as AnyFunction) : undefined;
}

function announceSymbol(to: Encoder, symbol: symbol): void {
  const key = Symbol.keyFor(symbol);
  const name = /^Symbol\(Symbol\.(\w+)\)$/.exec(String(symbol))?.[1];
  if (key !== undefined) {
    to.bytes.byte(TAG.SYMBOL_FOR);
    to.bytes.text(key);
  } else if (name !== undefined && (Symbol as unknown as Record<string, unknown>)[name] === symbol) {
    to.bytes.byte(TAG.SYMBOL_WELL_KNOWN);
    to.bytes.text(name);
  } else {
    to.bytes.byte(TAG.SYMBOL);
    to.origin(symbolOrigin(symbol));
    to.value(symbol.description, -1, "");
  }
}

function announceFunction(to: Encoder, fn: AnyFunction, number: number): void {
  if (kinds.isProxy(fn)) throw new Refusal("is a Proxy, which cannot be copied; send what is behind it");
  const image = functionCodec().capture(fn);
  if (image instanceof ModuleExport) return to.known(image);
  if (image instanceof Recipe) return to.recipe(image);
  to.bytes.byte(image.isClass ? TAG.CLASS : TAG.FUNCTION);
  to.code(image.code);
  to.origin(image.origin ?? originOf(fn));
  if (image.isClass) {
    to.part(image.superclass, number, "extends");
    if (image.early)
      image.values.forEach((captured, index) => to.part(captured, number, image.names[index] as string));
  }
  to.later(image, number);
}

/** Says that the announcement that follows has another prototype than its kind has. */
function announcePrototype(to: Encoder, value: object, prototype: object | null, number: number): void {
  const nearest = kinds.isNativeError(value) ? nearestPrototype(prototype) : prototype;
  if (nearest === Error.prototype) return;
  // An error on its way to whoever must see it arrives without its private members rather than not at all.
  if (!(to.lenient && kinds.isNativeError(value))) checkClasses(value, nearest);
  to.bytes.byte(TAG.WITH_PROTOTYPE);
  to.part(nearest, number, "prototype");
}

/** Of an error: its own prototype, or the nearest one behind it that can cross. Errors arrive, whatever class they are of. */
function nearestPrototype(prototype: object | null): object | null {
  for (
    let p = prototype;
    p !== null && p !== Error.prototype;
    p = Object.getPrototypeOf(p) as object | null
  ) {
    const owner = ownerOf(p);
    if (owner === undefined) continue;
    try {
      functionCodec().capture(owner);
      return p;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return Error.prototype;
}

/** Prototypes whose instances are known to be copyable. */
const copyable = new WeakSet<object>();

/** Refuses instances whose class keeps what nobody else can see. */
function checkClasses(value: object, prototype: object | null): void {
  if (prototype === null || copyable.has(prototype)) return;
  const isBuiltinKind = isExotic(value) || Array.isArray(value);
  for (
    let p: object | null = prototype;
    p !== null && p !== Object.prototype;
    p = Object.getPrototypeOf(p) as object | null
  ) {
    const owner = ownerOf(p);
    if (owner === undefined) continue;
    if (isPlatformClass(owner)) {
      if (isBuiltinKind) break;
      throw new Refusal(
        `is ${article(value)}, which belongs to the thread that made it; make it inside the body instead`,
      );
    }
    const member = functionCodec().privateMember(owner);
    if (member !== undefined) {
      throw new Refusal(
        `is ${article(value)}, whose private member ${member} cannot be read from outside; make it inside the body, or keep its state in ordinary properties`,
      );
    }
  }
  if (!isBuiltinKind) copyable.add(prototype);
}

function isPlatformClass(owner: AnyFunction): boolean {
  try {
    const image = functionCodec().capture(owner);
    return image instanceof ModuleExport && /^(global|node|hidden):/.test(image.module);
  } catch (error) {
    if (error instanceof Refusal && error.isNative) return true;
    throw error;
  }
}

/** `a Socket`, `an Account`: an object by its class. */
export function article(value: object): string {
  let name = "object";
  for (let p: object | null = value; p !== null; p = Object.getPrototypeOf(p) as object | null) {
    const owner: unknown = Object.getOwnPropertyDescriptor(p, "constructor")?.value;
    if (typeof owner === "function" && owner.name !== "") {
      name = owner.name;
      break;
    }
  }
  return `${/^[AEIOUaeiou]/.test(name) ? "an" : "a"} ${name}`;
}

function isExotic(value: object): boolean {
  return (
    kinds.isNativeError(value) ||
    kinds.isMap(value) ||
    kinds.isSet(value) ||
    ArrayBuffer.isView(value) ||
    kinds.isAnyArrayBuffer(value) ||
    kinds.isDate(value) ||
    kinds.isRegExp(value) ||
    kinds.isBoxedPrimitive(value) ||
    cannotCopy(value) !== undefined
  );
}

/** Why objects of this inner kind never cross. */
function cannotCopy(value: object): string | undefined {
  if (kinds.isPromise(value))
    return "is a Promise, which settles in its own thread only; await it first and send what it gave";
  if (
    kinds.isWeakMap(value) ||
    kinds.isWeakSet(value) ||
    value instanceof WeakRef ||
    value instanceof FinalizationRegistry
  ) {
    return `is ${article(value)}, whose contents cannot be listed; use a Map or a Set`;
  }
  if (kinds.isGeneratorObject(value))
    return "is a running generator, which cannot be copied; call its function inside the body";
  if (kinds.isMapIterator(value) || kinds.isSetIterator(value))
    return "is an iterator, which cannot be copied; send what it iterates over";
  if (kinds.isExternal(value)) return "is native data, which cannot be copied";
  if (kinds.isModuleNamespaceObject(value))
    return "is a module that was not imported by a static import; import it inside the body";
  return undefined;
}

function announceExotic(to: Encoder, value: object, prototype: object | null, number: number): void {
  const refusal = cannotCopy(value);
  if (refusal !== undefined) throw new Refusal(refusal);
  if (ArrayBuffer.isView(value)) return announceView(to, value, prototype, number);
  if (kinds.isAnyArrayBuffer(value)) return announceMemory(to, value);
  if (prototype !== usualPrototype(value)) announcePrototype(to, value, prototype, number);
  if (kinds.isNativeError(value)) {
    to.bytes.byte(TAG.ERROR);
    to.bytes.text(stackOf(value));
  } else if (kinds.isMap(value)) {
    to.bytes.byte(TAG.MAP);
  } else if (kinds.isSet(value)) {
    to.bytes.byte(TAG.SET);
  } else if (kinds.isDate(value)) {
    to.bytes.byte(TAG.DATE);
    to.bytes.f64(Date.prototype.getTime.call(value));
  } else if (kinds.isRegExp(value)) {
    to.bytes.byte(TAG.REGEXP);
    to.bytes.text(value.source);
    to.bytes.text(value.flags);
    to.value(value.lastIndex, number, "lastIndex");
  } else {
    to.bytes.byte(TAG.BOXED);
    to.value(unboxed(value), number, "");
  }
  to.later(value, number);
}

/** The stack, which a program's own `prepareStackTrace` may have made anything of. */
function stackOf(error: Error): string {
  try {
    return String(error.stack);
  } catch {
    return "";
  }
}

function usualPrototype(value: object): object {
  if (kinds.isNativeError(value)) return Error.prototype;
  if (kinds.isMap(value)) return Map.prototype;
  if (kinds.isSet(value)) return Set.prototype;
  if (kinds.isDate(value)) return Date.prototype;
  if (kinds.isRegExp(value)) return RegExp.prototype;
  return Object.getPrototypeOf(Object(unboxed(value))) as object;
}

/** The primitive inside a boxed one, whatever its prototype was made to be. */
function unboxed(value: object): unknown {
  if (kinds.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (kinds.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (kinds.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (kinds.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return Symbol.prototype.valueOf.call(value);
}

function announceMemory(to: Encoder, memory: ArrayBufferLike): void {
  if (memory instanceof ArrayBuffer) {
    return to.binary(memory, 0, memory.byteLength, largestOf(memory));
  }
  if (to.isOwnMemory(memory))
    throw new Refusal("is the whole of heddle's memory; send a view of the part that is meant");
  if (to.portable !== undefined)
    throw new Refusal(
      "is a SharedArrayBuffer, which only the threads of one process share; send a copy, or use Array of heddle/multiprocessing",
    );
  const port = sharedBufferPort();
  if (port === undefined) throw new Refusal("is a SharedArrayBuffer, and threads are not loaded");
  to.bytes.byte(TAG.SHARED_BUFFER);
  to.bytes.count(port.deposit(memory));
}

/** Of a resizable buffer its largest length + 1, else 0. Newer than the library that this is checked against. */
function largestOf(memory: ArrayBuffer): number {
  const { resizable, maxByteLength } = memory as ArrayBuffer & {
    resizable?: boolean;
    maxByteLength?: number;
  };
  return resizable === true && maxByteLength !== undefined ? maxByteLength + 1 : 0;
}

function announceView(to: Encoder, view: ArrayBufferView, prototype: object | null, number: number): void {
  const { buffer, byteOffset, byteLength } = view;
  const name = kinds.isDataView(view) ? "DataView" : (view as Uint8Array)[Symbol.toStringTag];
  const kind = VIEWS.findIndex((constructor) => constructor.name === name);
  if (kind < 0) throw new Refusal(`is ${article(view)}, which this version cannot copy`);
  const length = byteLength / (VIEWS[kind]?.BYTES_PER_ELEMENT ?? 1);
  if (to.isOwnMemory(buffer)) {
    if (to.portable !== undefined)
      throw new Refusal(
        "is shared memory, which only the threads of one process share; send a copy (slice()), or use Array of heddle/multiprocessing",
      );
    to.bytes.byte(TAG.HEAP_VIEW);
    to.bytes.byte(kind);
    to.bytes.count(byteOffset);
    return to.bytes.count(length);
  }
  if (isBuffer(view)) {
    to.bytes.byte(TAG.BUFFER);
    // Small Buffers share one pool: its other bytes are nobody's business.
    if (buffer instanceof ArrayBuffer) return to.binary(buffer, byteOffset, byteLength, 0);
  } else {
    if (prototype !== VIEWS[kind]?.prototype) announcePrototype(to, view, prototype, number);
    to.bytes.byte(TAG.VIEW);
    to.bytes.byte(kind);
  }
  to.part(buffer, number, "buffer");
  to.bytes.count(byteOffset);
  to.bytes.count(length);
}
