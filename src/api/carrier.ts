/** A carrier's worker: loads all of heddle, then runs threads, one at a time, until it is ended. */
import { inheritance } from "../thread/inherit.ts";
import "./index.ts";
import { carry } from "../thread/carry.ts";

await carry(inheritance);
