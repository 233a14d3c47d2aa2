/** A function's text made ready to stand alone, every character where it was. */
import type { FunctionInfo, Span } from "./scopes.ts";

export interface Edit extends Span {
  readonly text: string;
}

export const KEYS = "$key";

export interface ClassEdits {
  readonly edits: readonly Edit[];
  /** The variable that `extends` reads in the rebuilt text; empty: none that has to be set. */
  readonly heritage: string;
  /** Parts whose references do not matter: they are not in the rebuilt text. */
  readonly ignored: readonly Span[];
  /** Parts that run when the class is defined. */
  readonly definition: readonly Span[];
  /** Symbols that are members' keys: variables {@link KEYS}0, 1, … of the rebuilt text. */
  readonly keys: readonly symbol[];
}

/** What has to change in a class: its superclass is given to it, and its static state is copied, not made. */
export function classEdits(info: FunctionInfo, fn: object, text: string, start: number): ClassEdits {
  const shape = info.classShape;
  if (shape === undefined) return { edits: [], heritage: "", ignored: [], definition: [], keys: [] };
  const edits: Edit[] = shape.blanks.map((span) => ({ ...span, text: ";" }));
  const ignored: Span[] = [...shape.blanks];
  const keys: symbol[] = [];
  for (const { element, key } of shape.computed) {
    const actual = keyOf(fn, text.slice(element.start - start, element.end - start));
    if (actual === undefined) continue;
    ignored.push(key);
    if (typeof actual === "symbol") keys.push(actual);
    edits.push({
      ...key,
      text: typeof actual === "symbol" ? `${KEYS}${keys.length - 1}` : JSON.stringify(actual),
    });
  }
  const { superclass } = shape;
  let heritage = superclass?.identifier ?? "";
  if (superclass !== undefined && heritage === "") {
    heritage = "$h";
    while (text.includes(heritage)) heritage += "$";
    edits.push({ start: superclass.start, end: superclass.end, text: heritage });
    ignored.push(superclass);
  }
  return { edits, heritage, ignored, definition: shape.definition, keys };
}

/** The key that a member with this text has: the variable that computed it may be gone. */
function keyOf(fn: object, element: string): PropertyKey | undefined {
  for (const target of [(fn as { prototype: object }).prototype, fn]) {
    for (const key of Reflect.ownKeys(target)) {
      const { get, set, value } = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
      for (const made of [get, set, value] as unknown[]) {
        if (typeof made === "function" && element.endsWith(Function.prototype.toString.call(made)))
          return key;
      }
    }
  }
  return undefined;
}

/** The text with its edits; `start` is where it begins in the script, as the edits count. */
export function codeText(
  text: string,
  start: number,
  edits: readonly Edit[],
  info: FunctionInfo,
  name: string,
): string {
  const all = [...edits];
  // Only methods have keys that are computed; classes' members keep theirs.
  if (info.computedKey !== undefined && info.kind !== "class")
    all.push(keyEdit(info.computedKey, text, start, name));
  all.sort((a, b) => b.start - a.start);
  let result = text;
  for (const edit of all) {
    const from = edit.start - start;
    const to = edit.end - start;
    result = result.slice(0, from) + padded(edit.text, text.slice(from, to)) + result.slice(to);
  }
  return result;
}

function keyEdit(key: Span, text: string, start: number, name: string): Edit {
  const open = text.lastIndexOf("[", key.start - start - 1);
  const close = text.indexOf("]", key.end - start);
  return {
    start: open + start,
    end: close + 1 + start,
    text: `[${JSON.stringify(name.replace(/^(get|set) /, ""))}]`,
  };
}

/** The replacement, followed by blanks so that what comes after it stays in its line and column. */
function padded(replacement: string, original: string): string {
  return replacement + original.slice(replacement.length).replace(/[^\n\r\u2028\u2029]/g, " ");
}
