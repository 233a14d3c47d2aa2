/**
 * Vectors: the storage of shared arrays, a row of places.
 *
 * CAPACITY places, of which START to END hold the elements. Called under the
 * container's LOCK, but for what only reads.
 *
 * Invariants
 *   E1  Adding or taking an element at either end becomes visible by one store, of
 *       START or END. Any other change of more than one place is built in a new vector,
 *       which takes the old one's place by one store of STORAGE.
 *   E2  A place from START to END is written whole before it is one of them.
 *   E3  A place outside START to END owns nothing, whatever it holds.
 */
import { changeVersion } from "./container.ts";
import { allocate, capacityOf, free } from "./heap.ts";
import { CONTAINER, VECTOR, VECTOR_SIZE } from "./container-layout.ts";
import { field } from "./layout.ts";
import { copyPlaces } from "./span.ts";
import { HeapExhaustedError } from "../errors.ts";
import { type Addr, read, store, write, writeReal } from "./word.ts";

/** The most places that a vector can have. */
export const MOST_PLACES: number = 2 ** 27 - 2;

/** @throws HeapExhaustedError no vector has so many places. */
export function checkPlaces(places: number): void {
  if (places <= MOST_PLACES) return;
  throw new HeapExhaustedError(
    `Cannot make a shared array of ${places} elements: there can be at most ${MOST_PLACES}`,
  );
}

/** Makes an empty vector for at least `places` elements, `before` of its free places in front of the first. */
export function newVector(places: number, before = 0): Addr {
  checkPlaces(places);
  const v = allocate(VECTOR_SIZE + places * 8);
  write(field(v, VECTOR.CAPACITY), Math.floor((capacityOf(v) - VECTOR_SIZE) / 8));
  write(field(v, VECTOR.START), before);
  write(field(v, VECTOR.END), before);
  return v;
}

export function startOf(v: Addr): number {
  return read(field(v, VECTOR.START));
}
export function endOf(v: Addr): number {
  return read(field(v, VECTOR.END));
}
export function lengthOf(v: Addr): number {
  return endOf(v) - startOf(v);
}
/** A vector of so many places is never too large. */
const FEW_PLACES = 16;
/** Would the elements fit into a quarter of it? */
export function isSparse(v: Addr): boolean {
  const places = read(field(v, VECTOR.CAPACITY));
  return places > FEW_PLACES && lengthOf(v) * 4 < places;
}
/** The place of that number, which may be no element's. */
export function placeAt(v: Addr, place: number): Addr {
  return (v + VECTOR_SIZE + place * 8) as Addr;
}
/** The place of an element. */
export function elementAt(v: Addr, index: number): Addr {
  return placeAt(v, startOf(v) + index);
}

/** Adds an element behind the last; false: there is no room. E1 */
export function append(v: Addr, box: number): boolean {
  const end = endOf(v);
  if (end >= read(field(v, VECTOR.CAPACITY))) return false;
  writeReal(placeAt(v, end), box); // E2
  store(field(v, VECTOR.END), end + 1);
  return true;
}

/** Adds an element before the first; false: there is no room. */
export function prepend(v: Addr, box: number): boolean {
  const start = startOf(v);
  if (start === 0) return false;
  writeReal(placeAt(v, start - 1), box);
  store(field(v, VECTOR.START), start - 1);
  return true;
}

/** The last element is one no more. What its place holds is the caller's. */
export function cutEnd(v: Addr, count: number): void {
  store(field(v, VECTOR.END), endOf(v) - count);
}
/** The first element is one no more. */
export function cutStart(v: Addr, count: number): void {
  store(field(v, VECTOR.START), startOf(v) + count);
}

/** Copies elements of one vector behind those of another that nobody else sees yet and that has room. */
export function copyElements(from: Addr, first: number, count: number, to: Addr): void {
  const end = endOf(to);
  copyPlaces(elementAt(from, first), placeAt(to, end), count);
  write(field(to, VECTOR.END), end + count);
}

/** Puts a new vector, built aside, in the place of the old one, which is freed. E1 */
export function replaceVector(c: Addr, v: Addr): void {
  const old = read(field(c, CONTAINER.STORAGE)) as Addr;
  store(field(c, CONTAINER.STORAGE), v);
  changeVersion(c);
  free(old);
}
