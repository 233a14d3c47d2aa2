/** `Manager`: a process that holds objects for others. */
import { InvalidStateError, ProcessError } from "../errors.ts";
import { ProcessBarrier, type ProcessBarrierOptions } from "./barrier.ts";
import { call, type Reply } from "./calls.ts";
import { ProcessCondition } from "./condition.ts";
import { ProcessEvent } from "./event.ts";
import { newId } from "./identity.ts";
import { type AnyProcessLock, ProcessLock, ProcessRLock } from "./lock.ts";
import { Attributes, Dict, List, ManagedSet } from "./managed.ts";
import {
  askManager,
  DictProxy,
  ListProxy,
  NamespaceProxy,
  ObjectProxy,
  SetProxy,
} from "./manager-proxies.ts";
import { type Registration, serveObjects } from "./manager-server.ts";
import { Process } from "./process.ts";
import { JoinableQueue, ProcessQueue } from "./queue.ts";
import type { Asking } from "./remote.ts";
import { ProcessBoundedSemaphore, ProcessSemaphore } from "./semaphore.ts";
import type { ElementOf, Typecode } from "./typecodes.ts";
import { ProcessArray, Value } from "./value.ts";

const OWN: Readonly<Record<string, Registration>> = {
  dict: { make: Dict, exposed: undefined },
  list: { make: List, exposed: undefined },
  set: { make: ManagedSet, exposed: undefined },
  Namespace: { make: Attributes, exposed: undefined },
};

/**
 * A manager before it is started: classes can be registered with it.
 *
 * @example
 * ```ts
 * import { SyncManager } from "heddle/multiprocessing";
 * class Counter {
 *   count = 0;
 *   add() {
 *     return ++this.count;
 *   }
 * }
 * const manager = new SyncManager();
 * manager.register("Counter", Counter);
 * manager.start();
 * const counter = manager.create("Counter");
 * console.log(counter["add"]?.()); // 1
 * manager.shutdown();
 * ```
 */
export class SyncManager implements Disposable {
  readonly #id: string = `Server:${newId()}`;
  readonly #registry: Record<string, Registration> = { ...OWN };
  #process: Process | undefined;

  /** Lets {@link create} make objects of this class; `exposed`: the methods that may be called, default all but `_…`. */
  register(name: string, make: new (...args: never[]) => object, exposed?: readonly string[]): this {
    if (this.#process !== undefined)
      throw new InvalidStateError(`Cannot register ${name}: the manager was started already`);
    if (typeof make !== "function")
      throw new TypeError(`Cannot register ${name}: it must be a class, got ${typeof make}`);
    this.#registry[name] = { make, exposed };
    return this;
  }

  /**
   * Starts its process, which calls `initializer` first.
   *
   * @throws InvalidStateError the second time; TypeError for an initializer that is no function.
   */
  start(initializer?: (...args: never[]) => unknown, initargs: readonly unknown[] = []): this {
    if (initializer !== undefined && typeof initializer !== "function")
      throw new TypeError(`Cannot start manager: initializer must be a function, got ${typeof initializer}`);
    if (this.#process !== undefined)
      throw new InvalidStateError("Cannot start manager: it was started already");
    const args = [this.#id, this.#registry, initializer, initargs] as never;
    const server = new Process({ target: serveObjects, args, name: "SyncManager", daemon: true });
    call({ object: this.#id, method: "expect", text: Process.idOf(server) }, true);
    this.#process = server.start();
    return this;
  }

  #make(name: string, ...args: unknown[]): string {
    if (this.#process === undefined)
      throw new InvalidStateError(`Cannot make ${name}: the manager was not started`);
    const number = askManager(this.#asker, { what: "make", object: 0, name, args });
    return `${this.#id}#${String(number)}`;
  }

  readonly #asker = {
    call: (method: string, asking: Asking = {}): Reply => call({ ...asking, object: this.#id, method }),
  };

  /** A map. */
  dict<K = unknown, V = unknown>(
    initial: Iterable<readonly [K, V]> | Readonly<Record<string, V>> = [],
  ): DictProxy<K, V> {
    const entries =
      Symbol.iterator in initial ? [...(initial as Iterable<unknown>)] : Object.entries(initial);
    return new DictProxy<K, V>(this.#make("dict", entries));
  }
  /** A list. */
  list<T = unknown>(initial: Iterable<T> = []): ListProxy<T> {
    return new ListProxy<T>(this.#make("list", [...initial]));
  }
  /** A set. */
  set<T = unknown>(initial: Iterable<T> = []): SetProxy<T> {
    return new SetProxy<T>(this.#make("set", [...initial]));
  }
  /** Attributes. */
  Namespace(initial: object = {}): NamespaceProxy {
    return new NamespaceProxy(this.#make("Namespace", { ...initial }));
  }
  /** An object of a registered class, by the class or its name. @throws ProcessError for what was not registered. */
  create<T extends object = ObjectProxy>(
    what: string | (new (...args: never[]) => T),
    ...args: unknown[]
  ): T {
    const name =
      typeof what === "string"
        ? what
        : Object.keys(this.#registry).find((key) => this.#registry[key]?.make === what);
    if (name === undefined || !Object.hasOwn(this.#registry, name) || Object.hasOwn(OWN, name))
      throw new ProcessError(`Cannot create ${String(name)}: no such class was registered`);
    return new ObjectProxy(this.#make(name, ...args)) as unknown as T;
  }

  // What needs no process of its own to be shared is the same as without a manager.
  Lock(): ProcessLock {
    return new ProcessLock();
  }
  RLock(): ProcessRLock {
    return new ProcessRLock();
  }
  Semaphore(value?: number): ProcessSemaphore {
    return new ProcessSemaphore(value);
  }
  BoundedSemaphore(value?: number): ProcessBoundedSemaphore {
    return new ProcessBoundedSemaphore(value);
  }
  Event(): ProcessEvent {
    return new ProcessEvent();
  }
  Condition(lock?: AnyProcessLock): ProcessCondition {
    return new ProcessCondition(lock);
  }
  Barrier(parties: number, options?: ProcessBarrierOptions): ProcessBarrier {
    return new ProcessBarrier(parties, options);
  }
  Queue<T = unknown>(maxsize?: number): ProcessQueue<T> {
    return new ProcessQueue<T>(maxsize);
  }
  JoinableQueue<T = unknown>(maxsize?: number): JoinableQueue<T> {
    return new JoinableQueue<T>(maxsize);
  }
  Value<C extends Typecode>(typecode: C, value?: ElementOf<C>): Value<C> {
    return new Value(typecode, value);
  }
  Array<C extends Typecode>(typecode: C, values: Iterable<ElementOf<C>>): ProcessArray<C> {
    return new ProcessArray(typecode, values);
  }

  /** Ends its process; what it held is gone. A second time nothing happens. */
  shutdown(): void {
    if (this.#process?.isAlive() !== true) return;
    try {
      askManager(this.#asker, { what: "end", object: 0, name: "end", args: [] });
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
    }
    this.#process.join();
  }

  [Symbol.dispose](): void {
    this.shutdown();
  }
}

/** What {@link Manager} is: a function, as in Python, that may be called with `new`, too. */
export interface ManagerFactory {
  (): SyncManager;
  new (): SyncManager;
}

function start(): SyncManager {
  return new SyncManager().start();
}

/**
 * A manager that has been started, with `new` or without.
 *
 * @example
 * ```ts
 * import { Manager, Process } from "heddle/multiprocessing";
 * const manager = new Manager();
 * const found = manager.dict<string, number>();
 * const child = new Process({ target: () => void found.set("a", 1) });
 * child.start();
 * child.join();
 * console.log(found.get("a")); // 1
 * manager.shutdown();
 * ```
 */
export const Manager: ManagerFactory = start as unknown as ManagerFactory;
