/** Calling what was added with `addDoneCallback`: what it throws goes to the excepthook, and no further. */
import { self } from "../core/self.ts";
import { reportUncaught } from "../thread/excepthook.ts";

export function runCallback<F>(fn: (future: F) => void, future: F): void {
  try {
    fn(future);
  } catch (error) {
    reportUncaught(self.thread, `callback ${fn.name || "of a future"}`, error);
  }
}
