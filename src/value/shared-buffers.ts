/** How a SharedArrayBuffer other than heddle's own crosses: by a number that thread/ gives it. */

export interface SharedBufferPort {
  /** Keeps the buffer where every isolate can fetch it, and returns its number. */
  deposit(memory: SharedArrayBuffer): number;
  /** The buffer of that number. */
  fetch(id: number): SharedArrayBuffer;
}

let port: SharedBufferPort | undefined;

export function setSharedBufferPort(value: SharedBufferPort): void {
  port = value;
}

export function sharedBufferPort(): SharedBufferPort | undefined {
  return port;
}
