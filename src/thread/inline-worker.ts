/**
 * The source of heddle's workers, in a program that was bundled into one file: there
 * it is a text, put here when the package is built. Elsewhere there is none, and
 * workers start from their files.
 */
export const inlineWorker: string | undefined = none();

function none(): string | undefined {
  return undefined;
}
