/** What an array element that does not exist reads as. */
export const HOLE: unique symbol = Symbol("hole");
