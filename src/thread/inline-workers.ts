/**
 * The sources of heddle's workers, in a program that was bundled into one file:
 * there they are texts, put here when the package is built. Elsewhere there are
 * none, and workers start from their files.
 */
export const inlineWorkers: InlineWorkers | undefined = noTexts();

interface InlineWorkers {
  readonly carrier: string;
  readonly supervisor: string;
}

function noTexts(): InlineWorkers | undefined {
  return undefined;
}
