/** What is inside a manager's process: the classes behind its dict, list, set and Namespace. */

/** Behind a DictProxy. */
export class Dict {
  readonly #map: Map<unknown, unknown>;
  constructor(initial: Iterable<readonly [unknown, unknown]> = []) {
    this.#map = new Map(initial);
  }
  get(key: unknown, otherwise?: unknown): unknown {
    return this.#map.has(key) ? this.#map.get(key) : otherwise;
  }
  set(key: unknown, value: unknown): void {
    this.#map.set(key, value);
  }
  has(key: unknown): boolean {
    return this.#map.has(key);
  }
  delete(key: unknown): boolean {
    return this.#map.delete(key);
  }
  clear(): void {
    this.#map.clear();
  }
  size(): number {
    return this.#map.size;
  }
  entries(): [unknown, unknown][] {
    return [...this.#map];
  }
  pop(key: unknown, otherwise?: unknown): unknown {
    const value = this.get(key, otherwise);
    this.#map.delete(key);
    return value;
  }
  setDefault(key: unknown, value: unknown): unknown {
    if (!this.#map.has(key)) this.#map.set(key, value);
    return this.#map.get(key);
  }
  update(entries: Iterable<readonly [unknown, unknown]>): void {
    for (const [key, value] of entries) this.#map.set(key, value);
  }
}

/** Behind a ListProxy. */
export class List {
  readonly #items: unknown[];
  constructor(initial: Iterable<unknown> = []) {
    this.#items = [...initial];
  }
  get(index: number): unknown {
    return this.#items.at(index);
  }
  set(index: number, value: unknown): void {
    const place = index < 0 ? index + this.#items.length : index;
    if (!(place >= 0 && place <= this.#items.length))
      throw new RangeError(`Cannot set element ${index}: the list has ${this.#items.length}`);
    this.#items[place] = value;
  }
  size(): number {
    return this.#items.length;
  }
  push(...items: unknown[]): number {
    return this.#items.push(...items);
  }
  pop(index?: number): unknown {
    return index === undefined ? this.#items.pop() : this.#items.splice(index, 1)[0];
  }
  insert(index: number, item: unknown): void {
    this.#items.splice(index, 0, item);
  }
  remove(item: unknown): boolean {
    const index = this.#items.indexOf(item);
    if (index >= 0) this.#items.splice(index, 1);
    return index >= 0;
  }
  splice(start: number, count?: number, ...items: unknown[]): unknown[] {
    return count === undefined ? this.#items.splice(start) : this.#items.splice(start, count, ...items);
  }
  slice(start?: number, end?: number): unknown[] {
    return this.#items.slice(start, end);
  }
  indexOf(item: unknown): number {
    return this.#items.indexOf(item);
  }
  count(item: unknown): number {
    return this.#items.filter((other) => other === item).length;
  }
  reverse(): void {
    this.#items.reverse();
  }
  sort(compare?: (a: unknown, b: unknown) => number): void {
    this.#items.sort(
      compare ?? ((a, b) => ((a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0)),
    );
  }
  clear(): void {
    this.#items.length = 0;
  }
}

/** Behind a SetProxy. */
export class ManagedSet {
  readonly #set: Set<unknown>;
  constructor(initial: Iterable<unknown> = []) {
    this.#set = new Set(initial);
  }
  add(value: unknown): void {
    this.#set.add(value);
  }
  has(value: unknown): boolean {
    return this.#set.has(value);
  }
  delete(value: unknown): boolean {
    return this.#set.delete(value);
  }
  clear(): void {
    this.#set.clear();
  }
  size(): number {
    return this.#set.size;
  }
  values(): unknown[] {
    return [...this.#set];
  }
  update(values: Iterable<unknown>): void {
    for (const value of values) this.#set.add(value);
  }
}

/** Behind a Namespace. */
export class Attributes {
  readonly #values: Map<string, unknown>;
  constructor(initial: object = {}) {
    this.#values = new Map(Object.entries(initial));
  }
  get(name: string): unknown {
    return this.#values.get(name);
  }
  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }
  has(name: string): boolean {
    return this.#values.has(name);
  }
  delete(name: string): boolean {
    return this.#values.delete(name);
  }
  entries(): [string, unknown][] {
    return [...this.#values];
  }
}
