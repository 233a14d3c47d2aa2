/**
 * Drafts: plain data on its way into shared memory.
 *
 * Reading a program's objects may run its code (getters), so it is done before
 * anything shared is touched: the data becomes a graph of drafts, or an error that
 * names the path to what cannot be shared. Then the graph is written.
 */
import { KIND } from "../core/kind.ts";
import type { Addr } from "../core/word.ts";
import { NotShareableError } from "../errors.ts";
import { addressOf, boundAddress } from "../value/handle.ts";
import { kinds } from "../value/platform.ts";

const NO_VALUES: unknown[] = [];

/** One object, array, Map or Set that will be a container. */
export class Draft {
  readonly kind: number;
  /** What it is the draft of, and where that was met first: as what of which draft. */
  readonly source: object;
  readonly parent: Draft | undefined;
  readonly label: PropertyKey;
  /** Property names, or keys of a Map. */
  keys: unknown[] = NO_VALUES;
  /** What they have, elements, or members: primitives, Dates, heddle's objects, drafts. */
  values: unknown[] = NO_VALUES;
  /** Its container, once there is one. */
  record: Addr = 0 as Addr;
  constructor(kind: number, source: object, parent: Draft | undefined, label: PropertyKey) {
    this.kind = kind;
    this.source = source;
    this.parent = parent;
    this.label = label;
  }
}

/** An element that an array does not have. */
export const HOLE: unique symbol = Symbol("hole");

/** What is about to be written: one value, and all drafts in it. */
export interface Plan {
  readonly value: unknown;
  readonly drafts: readonly Draft[];
}
const NO_DRAFTS: Draft[] = [];

/**
 * Makes the plan of a value that is to be stored as `label` of `what`. Throws NotShareableError with the path to
 * what cannot be shared.
 */
export function planOf(value: unknown, what: string, label?: PropertyKey): Plan {
  if (isWhole(value)) return { value, drafts: NO_DRAFTS };
  const walk = new Walk(what, label);
  walk.value = walk.shareObject(value, undefined, "");
  walk.run();
  return walk;
}

/** Is this a value that is written as it is? */
function isWhole(value: unknown): boolean {
  if (typeof value === "object") return value === null || boundAddress(value) !== undefined || isOther(value);
  return typeof value !== "function" && typeof value !== "symbol";
}

/** Is it written as it is, though it is tied to no record yet? What `{…}` makes is not: the most frequent case, decided first. */
function isOther(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return false;
  return addressOf(value) !== undefined || (prototype === Date.prototype && kinds.isDate(value));
}

/** Objects that are searched one by one for having been met; more are kept in a Map. */
const FEW = 8;

class Walk implements Plan {
  value: unknown;
  drafts = NO_DRAFTS;
  readonly #what: string;
  readonly #label: PropertyKey | undefined;
  #known: Map<object, Draft> | undefined;

  constructor(what: string, label: PropertyKey | undefined) {
    this.#what = what;
    this.#label = label;
  }

  /** What stands for a value in the plan. It was met as `label` of the object of that draft. */
  #share(value: unknown, parent: Draft, label: PropertyKey): unknown {
    return typeof value === "number" || isWhole(value) ? value : this.shareObject(value, parent, label);
  }

  /** The same for what is not written as it is. */
  shareObject(value: unknown, parent: Draft | undefined, label: PropertyKey): Draft {
    if (typeof value !== "object" || value === null) return this.#refuse(value, parent, label);
    const known = this.#find(value);
    if (known !== undefined) return known;
    const kind = kindOf(value);
    if (kind === undefined) return this.#refuse(value, parent, label);
    const draft = new Draft(kind, value, parent, label);
    this.#known?.set(value, draft);
    if (this.drafts === NO_DRAFTS)
      this.drafts = [draft]; // most have one only, and what push() reserves is for many
    else this.drafts.push(draft);
    return draft;
  }

  /** The draft of an object that was met before. */
  #find(value: object): Draft | undefined {
    const count = this.drafts.length;
    if (this.#known !== undefined) return this.#known.get(value);
    for (let i = 0; i < count; i++) if (this.drafts[i]?.source === value) return this.drafts[i];
    if (count >= FEW) this.#known = new Map(this.drafts.map((draft) => [draft.source, draft]));
    return undefined;
  }

  /** Reads the contents of everything met so far, and of what is met by that. */
  run(): void {
    for (let i = 0; i < this.drafts.length; i++) this.#read(this.drafts[i] as Draft);
  }

  #read(draft: Draft): void {
    if (draft.kind === KIND.SHARED_OBJECT) return this.#readObject(draft, draft.source);
    draft.values = [];
    if (draft.kind === KIND.SHARED_ARRAY) return this.#readArray(draft, draft.source as unknown[]);
    if (draft.kind === KIND.SHARED_SET) return this.#readSet(draft, draft.source as Set<unknown>);
    draft.keys = [];
    for (const [key, value] of draft.source as Map<unknown, unknown>) {
      if (!isKey(key)) this.#refuse(key, draft, "key", badKey(key));
      draft.keys.push(key);
      draft.values.push(this.#share(value, draft, typeof key === "symbol" ? key : String(key)));
    }
  }

  #readSet(draft: Draft, source: Set<unknown>): void {
    for (const member of source) {
      if (kinds.isDate(member)) this.#refuse(member, draft, "member", badKey(member));
      draft.values.push(this.#share(member, draft, "member"));
    }
  }

  #readArray(draft: Draft, source: readonly unknown[]): void {
    for (let i = 0; i < source.length; i++) {
      const element = source[i];
      if (element === undefined && !Object.hasOwn(source, i)) draft.values.push(HOLE);
      else draft.values.push(this.#share(element, draft, i));
    }
  }

  #readObject(draft: Draft, source: object): void {
    const keys = Object.keys(source);
    // oxlint-disable-next-line unicorn/no-new-array -- of the right size at once: a tenth of what making a small object shared costs
    const values = new Array<unknown>(keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      values[i] = this.#share((source as Record<string, unknown>)[key], draft, key);
    }
    draft.keys = keys;
    draft.values = values;
    const symbol = Object.getOwnPropertySymbols(source)[0];
    if (symbol !== undefined)
      this.#refuse(symbol, draft, symbol, "named by a symbol; use names that are strings");
  }

  #refuse(
    value: unknown,
    parent: Draft | undefined,
    label: PropertyKey,
    reason: string = reasonOf(value),
  ): never {
    const steps: string[] = [];
    for (let draft = parent, name = label; draft !== undefined; draft = draft.parent) {
      steps.push(stepOf(draft.kind, name));
      name = draft.label;
    }
    const start = this.#label === undefined ? "" : stepOf(KIND.SHARED_OBJECT, this.#label);
    throw new NotShareableError(
      `Cannot share ${this.#what}${start}${steps.reverse().join("")}: it is ${reason}`,
    );
  }
}

/** One step of a path. */
function stepOf(kind: number, label: PropertyKey): string {
  const name = String(label);
  if (kind === KIND.SHARED_MAP) return name === "key" ? ".keys()" : `.get(${JSON.stringify(name)})`;
  if (kind === KIND.SHARED_SET) return ".values()";
  if (typeof label === "symbol") return `[${name}]`;
  if (kind === KIND.SHARED_OBJECT && /^[A-Za-z_$][\w$]*$/.test(name)) return `.${name}`;
  return kind === KIND.SHARED_OBJECT && !/^\d+$/.test(name) ? `[${JSON.stringify(name)}]` : `[${name}]`;
}

/** Can this be a key of a shared Map or a member of a shared Set? It must be found again: a copy never would. */
function isKey(key: unknown): boolean {
  if (typeof key === "object") return key === null || addressOf(key) !== undefined;
  return isWhole(key);
}

function badKey(key: unknown): string {
  if (typeof key !== "object" || key === null) return reasonOf(key);
  return `${article(key)}, of which the Map or Set would have a copy that nobody can look up; use a string or a number, or what shared() returned`;
}

/** Throws for what can be no key of a shared Map and no member of a shared Set. */
export function checkKey(key: unknown, what: string): void {
  if (!isKey(key)) throw new NotShareableError(`Cannot share ${what}: it is ${badKey(key)}`);
}

/** The kind of container that a plain object becomes; undefined: it is not plain. */
function kindOf(value: object): number | undefined {
  if (kinds.isProxy(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype && value.constructor === Object) return KIND.SHARED_OBJECT;
  if (Array.isArray(value)) return prototype === Array.prototype ? KIND.SHARED_ARRAY : undefined;
  if (kinds.isMap(value)) return prototype === Map.prototype ? KIND.SHARED_MAP : undefined;
  if (kinds.isSet(value)) return prototype === Set.prototype ? KIND.SHARED_SET : undefined;
  return prototype === Object.prototype || prototype === null ? KIND.SHARED_OBJECT : undefined;
}

function reasonOf(value: unknown): string {
  if (typeof value === "symbol") return "a symbol; use a string instead";
  if (typeof value === "function")
    return "a function; share its data only, and let each thread capture the function";
  if (kinds.isProxy(value)) return "a Proxy; share what is behind it";
  if (ArrayBuffer.isView(value)) return `${article(value)}; use sharedArray() instead`;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return `${article(value)}; use sharedArray() instead`;
  return `${article(value as object)}; share its data as a plain object, and make the instance from that in each thread`;
}

/** `a Socket`, `an Account`. */
function article(value: object): string {
  const name = (value as { constructor?: { name?: string } }).constructor?.name;
  const text = name === undefined || name === "" ? "object" : name;
  return `${/^[AEIOU]/i.test(text) ? "an" : "a"} ${text}`;
}
