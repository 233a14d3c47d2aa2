/** Makes heddle's own exports known to capture: in each thread, a captured `Lock` is that thread's own `Lock`. */
import { registerExports } from "../value/known.ts";
import * as all from "./all.ts";

registerExports("heddle", all);
