// A context variable of a module's: each thread that imports it has one of its own.
import { AsyncLocalStorage } from "node:async_hooks";

export const storage: AsyncLocalStorage<number> = new AsyncLocalStorage();
