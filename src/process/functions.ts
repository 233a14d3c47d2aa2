/** The functions of Python's `multiprocessing` module that are about processes. */
import type { Addr } from "../core/word.ts";
import { handleAt, release } from "../value/handle.ts";
import { call } from "./calls.ts";
import { identity } from "./identity.ts";
import { cpuCount as cores } from "./platform.ts";
import type { Process } from "./process.ts";
import { Sentinel } from "./sentinel.ts";
import { wait } from "./wait.ts";

/** How many threads of this machine can run at the same time. */
export function cpuCount(): number {
  return cores();
}

/** The children of this process that are alive. */
export function activeChildren(): Process[] {
  const { numbers } = call({ object: "~", method: "list" });
  return numbers.map((record) => {
    const child = handleAt(record as Addr) as Process;
    release(record as Addr);
    return child;
  });
}

/** A process as it is seen by itself or by its children. */
export interface ProcessView {
  readonly name: string;
  readonly pid: number;
  readonly ident: number;
  readonly daemon: boolean;
  readonly exitcode: undefined;
  isAlive(): boolean;
}

/** A parent process, as its child sees it. */
export interface ParentProcess extends ProcessView {
  readonly sentinel: Sentinel;
  join(timeoutMs?: number): boolean;
}

/** The process that the caller runs in. */
export function currentProcess(): ProcessView {
  const own = identity();
  return Object.freeze({
    name: own?.name ?? "MainProcess",
    pid: process.pid,
    ident: process.pid,
    daemon: own?.daemon ?? false,
    exitcode: undefined,
    isAlive: () => true,
  });
}

/** The process that started this one; undefined in the program's first process. A child never outlives it. */
export function parentProcess(): ParentProcess | undefined {
  const parent = identity()?.parent;
  if (parent === undefined) return undefined;
  const sentinel = new Sentinel(parent.id, parent.name);
  return Object.freeze({
    name: parent.name,
    pid: parent.pid,
    ident: parent.pid,
    daemon: false,
    exitcode: undefined,
    sentinel,
    isAlive: () => true,
    join: (timeoutMs?: number) => wait([sentinel], timeoutMs).length > 0,
  });
}
