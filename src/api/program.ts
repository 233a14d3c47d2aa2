/** The worker of a program's main thread under `heddle run`. */
import { inheritance, programUrl } from "../thread/inherit.ts";
import "./index.ts";
import { runMain } from "../thread/program.ts";

await runMain(inheritance, programUrl ?? "");
