/**
 * A carrier's worker: loads all of heddle, then runs threads, one at a time, until
 * it is ended. The rest is imported by calls, not by declarations, because it must
 * find the memory that `inherit` leaves, and bundlers change the order of
 * declarations.
 */
import { inheritance } from "../thread/inherit.ts";

const [{ carry }] = await Promise.all([import("../thread/carry.ts"), import("./index.ts")]);
await carry(inheritance);
