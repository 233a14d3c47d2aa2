/** Everything that works between processes. */
export {
  activeChildren,
  cpuCount,
  currentProcess,
  parentProcess,
  type ParentProcess,
  type ProcessView,
} from "../process/functions.ts";
export { Process } from "../process/process.ts";
export type { ProcessOptions } from "../process/process-options.ts";
export { Sentinel } from "../process/sentinel.ts";
export { wait, waitAsync, type Waitable } from "../process/wait.ts";
