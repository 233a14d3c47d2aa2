/** Why something cannot cross. The encoder, which knows the path to it, makes the CaptureError. */
export class Refusal {
  /** The end of a sentence that begins with the path: `is a Socket, …`. */
  readonly reason: string;
  /** It belongs to the platform, not to the program. */
  readonly isNative: boolean;
  constructor(reason: string, isNative = false) {
    this.reason = reason;
    this.isNative = isNative;
  }
}
