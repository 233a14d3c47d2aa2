/** A channel between two processes: whole frames, in order, over a socket that only the two have. */
import { encodeFrame, type Frame, FrameError, FrameSplitter } from "./frame.ts";
import type { Stream } from "./platform.ts";

/** A payload from this size on is written by itself instead of being copied behind its frame. */
const LARGE = 65_536;

export interface ChannelEvents {
  frame(frame: Frame): void;
  /** The other side has gone, or has sent what is no frame. Once. */
  closed(error: Error | undefined): void;
}

export class Channel {
  readonly #stream: Stream;
  readonly #events: ChannelEvents;
  readonly #splitter = new FrameSplitter();
  #open = true;

  constructor(stream: Stream, events: ChannelEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on("data", (piece: Buffer) => this.#received(piece));
    stream.on("error", (error: Error) => this.#close(error));
    stream.on("close", () => this.#close(undefined));
    stream.on("end", () => this.#close(undefined));
  }

  #received(piece: Buffer): void {
    try {
      for (const frame of this.#splitter.push(piece)) {
        if (this.#open) this.#events.frame(frame);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#close(error);
    }
  }

  /** Sends a frame; nothing happens when the other side has gone. */
  send(frame: Frame): void {
    if (!this.#open) return;
    if (!("payload" in frame) || frame.payload.length < LARGE) {
      this.#stream.write(encodeFrame(frame));
      return;
    }
    const { payload } = frame;
    this.#stream.cork();
    this.#stream.write(encodeFrame(frame, payload.length));
    this.#stream.write(payload);
    this.#stream.uncork();
  }

  /** Calls back when everything that was sent so far has left this process. */
  flush(done: () => void): void {
    if (this.#open) this.#stream.write("", () => done());
    else done();
  }

  #close(error: Error | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.destroy();
    this.#events.closed(error);
  }

  /** Ends it. */
  close(): void {
    this.#close(undefined);
  }
}
