// Is there an order of the operations of a history, each between its call and its return, in which a thing that does
// one after the other would have answered the same? The search of Wing and Gong, with the memory of Lowe: a set of
// operations done and a state reached that failed once is not tried again.

/** One finished call: when it began and ended, in ticks that all threads share, and what it was and answered. */
export interface Operation<C> {
  readonly begun: number;
  readonly ended: number;
  readonly call: C;
}

/** The thing that does one after the other. States are values: `step` makes a new one. */
export interface Sequential<S, C> {
  readonly initial: S;
  /** The state after a call that answered as it did, or undefined: in this state it would have answered otherwise. */
  step(state: S, call: C): S | undefined;
  /** The same text for the same state, and for no other. */
  key(state: S): string;
}

/** More would not fit into the bits of a number. */
const MOST = 31;

/** An order in which the history is right, as indices, or undefined: there is none. */
export function linearize<S, C>(
  history: readonly Operation<C>[],
  { initial, step, key }: Sequential<S, C>,
): number[] | undefined {
  if (history.length > MOST)
    throw new RangeError(`Cannot linearize ${history.length} operations: at most ${MOST}`);
  const all = 2 ** history.length - 1;
  const failed = new Set<string>();
  const order: number[] = [];
  const search = (done: number, state: S): boolean => {
    if (done === all) return true;
    const place = `${done} ${key(state)}`;
    if (failed.has(place)) return false;
    // Whatever began after another one had ended comes after it.
    const before = Math.min(...history.map(({ ended }, i) => ((done >> i) & 1 ? Infinity : ended)));
    for (const [i, { begun, call }] of history.entries()) {
      if ((done >> i) & 1 || begun > before) continue;
      const next = step(state, call);
      if (next === undefined) continue;
      order.push(i);
      if (search(done | (1 << i), next)) return true;
      order.pop();
    }
    failed.add(place);
    return false;
  };
  return search(0, initial) ? order : undefined;
}
