/**
 * What the command line says when it cannot do what it was asked: a sentence for the user, and the
 * status to exit with (1: the work failed, 2: the command was not understood).
 */
export class CliError extends Error {
  readonly status: number;

  constructor(message: string, status = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.status = status;
  }
}
