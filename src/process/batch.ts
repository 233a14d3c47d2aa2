/** Several messages in one: tasks on their way to a worker, and their results. */

/** One of them. */
export interface Parcel {
  /** Which task it is. */
  readonly number: number;
  /** Of a result: it was thrown. */
  readonly failed: boolean;
  readonly bytes: Uint8Array;
}

const HEAD_BYTES = 9;

/** Puts parcels behind each other: u32 number, u8 failed, u32 length, bytes. */
export function wrap(parcels: readonly Parcel[]): Uint8Array {
  let size = 0;
  for (const { bytes } of parcels) size += HEAD_BYTES + bytes.length;
  const all = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { number, failed, bytes } of parcels) {
    at = all.writeUInt32LE(number, at);
    all[at++] = failed ? 1 : 0;
    at = all.writeUInt32LE(bytes.length, at);
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** Takes them apart; the bytes are views. What is cut off at the end is left out. */
export function unwrap(all: Uint8Array): Parcel[] {
  const from = Buffer.from(all.buffer, all.byteOffset, all.length);
  const parcels: Parcel[] = [];
  for (let at = 0; at + HEAD_BYTES <= from.length; ) {
    const number = from.readUInt32LE(at);
    const failed = from[at + 4] === 1;
    const length = from.readUInt32LE(at + 5);
    at += HEAD_BYTES;
    if (length > from.length - at) break;
    parcels.push({ number, failed, bytes: from.subarray(at, at + length) });
    at += length;
  }
  return parcels;
}
