/** Makes heddle's own exports known to capture: in each thread, a captured `Lock` is that thread's own `Lock`. */
import { registerExports } from "../value/known.ts";
import * as all from "./all.ts";

registerExports("heddle", all);

/** Where the first copy of heddle in an isolate says where it came from. */
const LOADED: unique symbol = Symbol.for("heddle.loaded");
const home = globalThis as {
  [LOADED]?: string;
  process?: { emitWarning?: (text: string, options: object) => void };
};
const here: string = import.meta.url;
const first: string | undefined = home[LOADED];
// Each copy has a heap and a table of threads of its own, so what one makes is nothing to the other.
if (first === undefined) Object.defineProperty(home, LOADED, { value: here });
else if (first !== here) {
  home.process?.emitWarning?.(
    `heddle is loaded twice, from ${first} and from ${here}: the locks and threads of one copy are unknown to the other`,
    { type: "HeddleWarning", code: "HEDDLE_TWO_COPIES" },
  );
}
