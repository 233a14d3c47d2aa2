/** The supervisor's worker, in a program that heddle was imported into. Imports by calls, as a carrier does. */
import { workerData } from "node:worker_threads";
import { inheritance } from "./inherit.ts";
import type { First } from "./workers.ts";

const { first } = workerData as { first: First };
const [{ supervise, watchFirst }, { serveVault }] = await Promise.all([
  import("./supervisor.ts"),
  import("./vault.ts"),
]);
serveVault(first.vault);
watchFirst(first);
supervise(inheritance);
