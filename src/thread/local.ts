/** `local`: an object with which each thread sees attributes of its own. */
import { allocateRecord, freeRecord } from "../core/heap.ts";
import { KIND } from "../core/kind.ts";
import { field, LOCAL } from "../core/layout.ts";
import { self } from "../core/self.ts";
import { type Addr, load, store } from "../core/word.ts";
import { bind, registerHandle } from "../value/handle.ts";
import { discard, load as loadMessage, store as storeMessage } from "../value/message.ts";

/** The attributes of the thread that runs here, by the record of the local. */
const bags = new Map<Addr, object>();

/** The thread has ended: its attributes go with it. Carriers call this between two bodies. */
export function forgetLocals(): void {
  bags.clear();
}

/**
 * Makes thread-local data: each thread sees its own attributes, which end with the thread.
 *
 * `init` is what the attributes begin with in each thread: an object, of which each thread gets a copy, or a
 * function, which each thread calls when it first uses the local.
 *
 * @throws CaptureError when `init` cannot travel to other threads; TypeError when it is neither.
 *
 * @example
 * ```ts
 * import { local, spawn } from "heddle";
 * const data = local({ x: 1 });
 * data.x = 10;
 * console.log(data.x, spawn(() => data.x).result()); // 10 1
 * ```
 */
export function local<T extends object>(init?: (() => T) | T): Partial<T> & T {
  if (init !== undefined && (init === null || (typeof init !== "object" && typeof init !== "function"))) {
    throw new TypeError(
      `Cannot create local: init must be an object or a function, got ${init === null ? "null" : typeof init}`,
    );
  }
  const message = init === undefined ? 0 : storeMessage(init, "init");
  const record = allocateRecord();
  store(field(record, LOCAL.REFS), 1);
  store(field(record, LOCAL.INIT), message);
  store(field(record, LOCAL.KIND), KIND.LOCAL);
  return open(record, typeof init === "function" ? (init as () => T) : undefined) as Partial<T> & T;
}

/** This isolate's object for a local. `make` is the initialiser itself, where it was created. */
function open(record: Addr, make: (() => object) | undefined): object {
  const owner = self.ident;
  const bag = (): object => {
    let attributes = bags.get(record);
    if (attributes === undefined) {
      // The function itself runs only for the thread that made the local; all others have a copy of it.
      attributes = make !== undefined && self.ident === owner ? make() : fresh(record);
      bags.set(record, attributes);
    }
    return attributes;
  };
  const handle = new Proxy(Object.create(null) as object, {
    get: (_target, key) => Reflect.get(bag(), key),
    set: (_target, key, value) => Reflect.set(bag(), key, value),
    has: (_target, key) => Reflect.has(bag(), key),
    deleteProperty: (_target, key) => Reflect.deleteProperty(bag(), key),
    ownKeys: () => Reflect.ownKeys(bag()),
    defineProperty: (_target, key, descriptor) =>
      Reflect.defineProperty(bag(), key, { ...descriptor, configurable: true }),
    getOwnPropertyDescriptor: (_target, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(bag(), key);
      return descriptor && { ...descriptor, configurable: true };
    },
    getPrototypeOf: () => Reflect.getPrototypeOf(bag()),
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
  bind(handle, record);
  return handle;
}

function fresh(record: Addr): object {
  const message = load(field(record, LOCAL.INIT)) as Addr;
  if (message === 0) return {};
  const init = loadMessage(message);
  return typeof init === "function" ? (init as () => object)() : (init as object);
}

registerHandle({
  kind: KIND.LOCAL,
  name: "local",
  create: (record) => open(record, undefined),
  reclaim: (record) => {
    const message = load(field(record, LOCAL.INIT)) as Addr;
    freeRecord(record);
    if (message !== 0) discard(message);
  },
});
