/** Text forms: how heddle's objects appear in `util.inspect` and `console.log`. */

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Lets `util.inspect` show instances of a class as their `toString` does. */
export function shownAsText(type: { readonly prototype: object }): void {
  Object.defineProperty(type.prototype, INSPECT, {
    configurable: true,
    value(this: object): string {
      return String(this);
    },
  });
}
