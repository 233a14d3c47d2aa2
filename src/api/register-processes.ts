/** Makes what `heddle/multiprocessing` exports known to capture, and what it shares known to messages. */
import { registerExports } from "../value/known.ts";
import "./register.ts";
import "../process/hub.ts";
import { serveObjects } from "../process/manager-server.ts";
import { serveTasks } from "../process/pool-worker.ts";
import { exportedAs } from "../process/waiting.ts";
import { getContext } from "./context.ts";
import * as processes from "./multiprocessing-all.ts";

const all = { ...processes, getContext };

// In one bundle with the rest of heddle, a function may have been given another name than this.
for (const [name, value] of Object.entries(all)) if (typeof value === "function") exportedAs(name, value);
registerExports("heddle/multiprocessing", all);
// The bodies of heddle's own processes.
registerExports("heddle:processes", { serveObjects, serveTasks });
