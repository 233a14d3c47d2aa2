import type { Addr } from "../core/word.ts";

/** Any function or class. */
export type AnyFunction = (...args: never[]) => unknown;

/** What a function is made of, as it is now. */
export class FunctionImage {
  readonly fn: AnyFunction;
  /** The code record in shared memory. */
  readonly code: Addr;
  /** Of a copy: where it came from first. */
  origin: number | undefined = undefined;
  /** Its free variables, in the order of the code record. */
  readonly names: readonly string[];
  /** Their values, in the same order. */
  readonly values: readonly unknown[];
  readonly isClass: boolean;
  /** Of a class: what it extends; null: nothing. */
  readonly superclass: unknown;
  /** Of a class: its definition reads free variables, so they come before it. */
  readonly early: boolean;
  /** Own properties that its source does not make. */
  own: readonly PropertyKey[] = [];
  /** Properties of its prototype that its source does not make; undefined: none, and its parent is the usual one. */
  prototype: readonly PropertyKey[] | undefined = undefined;

  constructor(
    fn: AnyFunction,
    code: Addr,
    names: readonly string[],
    values: readonly unknown[],
    classShape?: { readonly superclass: unknown; readonly early: boolean },
  ) {
    this.fn = fn;
    this.code = code;
    this.names = names;
    this.values = values;
    this.isClass = classShape !== undefined;
    this.superclass = classShape?.superclass ?? null;
    this.early = classShape?.early ?? false;
  }
}
