/** The worker of a program's main thread under `heddle run`. */
import { workerData } from "node:worker_threads";
import { inheritance } from "../thread/inherit.ts";
import "./index.ts";
import { runMain } from "../thread/program.ts";

await runMain(inheritance, (workerData as { url: string }).url);
