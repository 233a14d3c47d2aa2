// Every kind of timeout that is none: refused at once, by every waiting call alike.

/** A bad timeout, and what it is refused with. */
export interface BadTimeout {
  readonly value: unknown;
  readonly error: { readonly name: "RangeError" | "TypeError"; readonly message: RegExp };
}

const range = { name: "RangeError", message: /^Cannot [a-z]+.*: .*(0 or more|at most).*, got / } as const;
const type = { name: "TypeError", message: /^Cannot [a-z]+.*: .*, got / } as const;

/** In milliseconds; the same for `timeout` and for `{ timeoutMs: timeout }`. */
export const badTimeouts: readonly BadTimeout[] = [
  { value: -1, error: range },
  { value: -100, error: range },
  { value: -0.001, error: range },
  { value: -Infinity, error: range },
  { value: Number.NaN, error: range },
  { value: 1e100, error: range },
  { value: 2 ** 53, error: range },
  { value: "100", error: type },
  { value: null, error: type },
  { value: 5n, error: type },
  { value: Symbol("soon"), error: type },
  { value: () => 5, error: type },
];
