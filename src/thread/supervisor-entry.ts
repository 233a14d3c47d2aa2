/**
 * The supervisor's worker. Its first carrier is started before anything else of
 * heddle is loaded: a program's first thread waits for it.
 */
import { type MessagePort, workerData } from "node:worker_threads";
import { inheritance } from "./inherit.ts";
import { startCarrier } from "./workers.ts";

const { first, stackSizeMb, mainPort } = workerData as { first: number; stackSizeMb: number; mainPort: MessagePort };
const carrier = startCarrier({ ...inheritance, isolate: first }, stackSizeMb);
const { supervise } = await import("./supervisor.ts");
const { serveVault } = await import("./vault.ts");
serveVault(mainPort);
supervise(inheritance, new Map([[first, carrier]]));
