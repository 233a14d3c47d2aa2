/** The supervisor's worker, in a program that heddle was imported into. Imports by calls, as a carrier does. */
import { inheritance } from "../thread/inherit.ts";

const [{ superviseFirst }] = await Promise.all([
  import("../thread/supervisor.ts"),
  import("../process/hub.ts"),
  import("./index.ts"), // it cares for pools, and encodes errors of heddle's
]);
superviseFirst(inheritance);
