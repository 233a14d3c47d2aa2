/** The worker of a program's main thread under `heddle run`. Imports by calls, as a carrier does. */
import { inheritance, programUrl } from "../thread/inherit.ts";

const [{ runMain }] = await Promise.all([import("../thread/program.ts"), import("./index.ts")]);
await runMain(inheritance, programUrl ?? "");
