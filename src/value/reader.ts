/** Reads what {@link Bytes} wrote, straight out of shared memory. */
import { u8 } from "../core/memory.ts";
import { sharedText } from "./platform.ts";

/** Strings up to this length are put together by a loop: a native call costs more. */
const SHORT_TEXT = 12;

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export class Reader {
  /** Where the next byte comes from: an offset in shared memory. */
  at: number;
  constructor(at: number) {
    this.at = at;
  }

  byte(): number {
    return u8[this.at++] as number;
  }

  count(): number {
    let byte = u8[this.at++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = u8[this.at++] as number;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value;
  }

  f64(): number {
    for (let i = 0; i < 8; i++) doubleBytes[i] = u8[this.at + i] as number;
    this.at += 8;
    return double[0] as number;
  }

  text(): string {
    const header = this.count();
    const length = Math.floor(header / 2);
    const start = this.at;
    if (header % 2 === 1) {
      this.at = start + length * 2;
      return sharedText.ucs2Slice(start, this.at);
    }
    this.at = start + length;
    if (length > SHORT_TEXT) return sharedText.latin1Slice(start, this.at);
    let text = "";
    for (let i = start; i < this.at; i++) text += String.fromCharCode(u8[i] as number);
    return text;
  }
}
