/**
 * The supervisor's worker. Its first carrier is started before anything else of
 * heddle is loaded: a program's first thread waits for it.
 */
import { workerData } from "node:worker_threads";
import { inheritance } from "./inherit.ts";
import { startCarrier } from "./workers.ts";

const { first, stackSizeMb } = workerData as { first: number; stackSizeMb: number };
const carrier = startCarrier({ ...inheritance, isolate: first }, stackSizeMb);
const { supervise } = await import("./supervisor.ts");
supervise(inheritance, new Map([[first, carrier]]));
