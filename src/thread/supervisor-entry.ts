/** The supervisor's worker, in a program that heddle was imported into. Imports by calls, as a carrier does. */
import { inheritance } from "./inherit.ts";

const { superviseFirst } = await import("./supervisor.ts");
superviseFirst(inheritance);
