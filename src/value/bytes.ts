/**
 * A growing run of private bytes, written front to back.
 *
 * An encoder fills one and copies it into shared memory in one go, so that a
 * value that turns out to be uncapturable has touched nothing shared.
 */
import { u8 } from "../core/memory.ts";
import { newBytes, type TextBytes } from "./platform.ts";

const FIRST_SIZE = 4096;
/** A scratch that grew past this is given back after the message. */
const KEEP_SIZE = 1 << 20;
/** Strings up to this length are copied by a loop: a native call costs more. */
const SHORT_TEXT = 24;
/** As many bytes are copied by a loop. */
const SHORT_COPY = 128;

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export class Bytes {
  #bytes: TextBytes = newBytes(FIRST_SIZE);
  /** Where the next byte goes. */
  at = 0;

  /** Makes room for `count` more bytes. */
  #room(count: number): TextBytes {
    const need = this.at + count;
    if (need > this.#bytes.length) {
      const larger = newBytes(Math.max(need, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.at));
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  /** Forgets what was written; memory that grew large is given back. */
  reset(): void {
    this.at = 0;
    if (this.#bytes.length > KEEP_SIZE) this.#bytes = newBytes(FIRST_SIZE);
  }

  /** Copies what was written so far, from the byte `from` on, into shared memory. */
  copyTo(place: number, from: number): void {
    const bytes = this.#bytes;
    if (this.at - from > SHORT_COPY) u8.set(bytes.subarray(from, this.at), place);
    else for (let i = from; i < this.at; i++) u8[place + i - from] = bytes[i] as number;
  }

  /** What was written so far, as long as nothing more is written. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.at);
  }

  /** Puts a whole number at a place that was passed over: the four bytes from 4 * `index` on, as the platform has them. */
  i32(index: number, value: number): void {
    const bytes = this.#bytes;
    const at = index * 4;
    bytes[at] = value;
    bytes[at + 1] = value >> 8;
    bytes[at + 2] = value >> 16;
    bytes[at + 3] = value >> 24;
  }

  byte(value: number): void {
    const bytes = this.at < this.#bytes.length ? this.#bytes : this.#room(1);
    bytes[this.at++] = value;
  }

  /** An unsigned whole number below 2 ** 53, small ones in few bytes. */
  count(value: number): void {
    const bytes = this.at + 8 <= this.#bytes.length ? this.#bytes : this.#room(8);
    let at = this.at;
    let rest = value;
    while (rest >= 0x80) {
      bytes[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[at++] = rest;
    this.at = at;
  }

  f64(value: number): void {
    const bytes = this.#room(8);
    double[0] = value;
    for (let i = 0; i < 8; i++) bytes[this.at + i] = doubleBytes[i] as number;
    this.at += 8;
  }

  /** Text in one byte a unit where it fits, in two otherwise; every surrogate survives. */
  text(value: string): void {
    const length = value.length;
    if (length > SHORT_TEXT) return this.#longText(value);
    const bytes = this.#room(length * 2 + 4);
    const start = this.at;
    let at = start + 1;
    bytes[start] = length << 1;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0xff) return this.#wideText(value);
      bytes[at++] = unit;
    }
    this.at = at;
  }

  #longText(value: string): void {
    // biome-ignore lint: the range is the test
    if (/[^\u0000-\u00ff]/.test(value)) return this.#wideText(value);
    this.count(value.length * 2);
    this.#room(value.length).latin1Write(value, this.at);
    this.at += value.length;
  }

  #wideText(value: string): void {
    this.count(value.length * 2 + 1);
    this.#room(value.length * 2).ucs2Write(value, this.at);
    this.at += value.length * 2;
  }

  raw(source: Uint8Array): void {
    this.#room(source.length).set(source, this.at);
    this.at += source.length;
  }
}
