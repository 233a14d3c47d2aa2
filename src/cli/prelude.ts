/** What every thread of a program under `heddle run` loads first: its stacks speak of the program's sources. */
import { installStackMapping } from "./sourcemap.ts";

installStackMapping();
