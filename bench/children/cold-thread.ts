// The first thread of a program, from its making to the end of its join.
import { Thread } from "heddle";

const startedAt = performance.now();
new Thread({ target: () => {} }).start().join();
process.stdout.write(`${JSON.stringify({ ms: performance.now() - startedAt })}\n`);
