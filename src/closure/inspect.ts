/** Asks the engine where a function was written and what it closes over. */
import type { AnyFunction } from "../value/function-image.ts";
import { scriptNear } from "./near.ts";
import { announceScripts, type Ask, connectInspector, onNextTurn } from "./platform.ts";
import { Script } from "./script.ts";

/** What the engine knows about a function. */
export interface Inspected {
  readonly script: Script;
  readonly line: number;
  readonly column: number;
  /** The scopes around it, innermost first, the global one left out. Each is a snapshot. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
}

interface Property {
  readonly name: string;
  readonly value?: { readonly objectId?: string; readonly value?: unknown };
}

const GROUP = "heddle";
const RELEASE_AFTER = 32;
/** Passes objects to the inspector and takes what it hands back. */
const desk: { fn: unknown; scopes: unknown } = { fn: undefined, scopes: undefined };
const KEY = "__heddle_desk";

let ask: Ask | undefined;
let deskId = "";
/** Whether a question with a function in it is being asked. */
let asking = false;
const scripts = new Map<string, Script>();

function connect(): Ask {
  const answer = connectInspector((parsed) => {
    const { scriptId } = parsed;
    if (asking || scripts.has(scriptId)) return; // the text of our own question, or a script found without being asked for
    scripts.set(
      scriptId,
      new Script(parsed, () => answer("Debugger.getScriptSource", { scriptId })["scriptSource"] as string),
    );
  });
  const global = globalThis as Record<string, unknown>;
  Object.defineProperty(global, KEY, { value: desk, configurable: true });
  deskId = objectIdOf(answer("Runtime.evaluate", { expression: `globalThis.${KEY}` }));
  delete global[KEY];
  return answer;
}

/** Calls a function, given as text, on the desk. */
function callOnDesk(answer: Ask, functionDeclaration: string, more: object): Record<string, unknown> {
  asking = true;
  try {
    return answer("Runtime.callFunctionOn", { objectId: deskId, functionDeclaration, ...more });
  } finally {
    asking = false;
  }
}

function objectIdOf(answer: Record<string, unknown>): string {
  return (answer["result"] as { objectId: string }).objectId;
}

/** Looks at a function; undefined: it is native. */
export function inspect(fn: AnyFunction): Inspected | undefined {
  ask ??= connect();
  desk.fn = fn;
  try {
    const objectId = objectIdOf(callOnDesk(ask, "function(){return this.fn}", { objectGroup: GROUP }));
    const answer = ask("Runtime.getProperties", { objectId, ownProperties: true });
    const internal = (answer["internalProperties"] ?? []) as Property[];
    const place = internal.find(({ name }) => name === "[[FunctionLocation]]")?.value?.value as
      | Place
      | undefined;
    const scopes = internal.find(({ name }) => name === "[[Scopes]]")?.value?.objectId;
    const script = place === undefined ? undefined : scriptOf(ask, place, fn);
    if (place === undefined || scopes === undefined || script === undefined) return undefined;
    callOnDesk(ask, "function(s){this.scopes=s}", { arguments: [{ objectId: scopes }] });
    return { script, line: place.lineNumber, column: place.columnNumber, scopes: takeScopes() };
  } finally {
    desk.fn = undefined;
    releaseSoon(ask);
  }
}

/** Questions since the inspector last forgot what it was shown: until then it keeps those functions alive. */
let unreleased = 0;

/** Lets the inspector forget, some questions at a time or when the event loop turns. */
function releaseSoon(answer: Ask): void {
  if (++unreleased === 1) onNextTurn(() => release(answer));
  else if (unreleased >= RELEASE_AFTER) release(answer);
}

function release(answer: Ask): void {
  if (unreleased > 0) answer("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  unreleased = 0;
}

let announced = false;
const claimed = new Set<Script>();

/** The script of a function: one that is known, one near the caller, or one of all that the debugger knows. */
function scriptOf(
  answer: Ask,
  { scriptId, lineNumber, columnNumber }: Place,
  fn: AnyFunction,
): Script | undefined {
  if (!scripts.has(scriptId) && !announced) {
    const near = scriptNear(Function.prototype.toString.call(fn), lineNumber, columnNumber);
    // A file is one script: a second one with the same text at the same place is a copy of it elsewhere.
    if (near !== undefined && !claimed.has(near)) {
      claimed.add(near);
      scripts.set(scriptId, near);
    } else {
      announced = true;
      announceScripts(answer);
    }
  }
  return scripts.get(scriptId);
}

interface Place {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

function takeScopes(): Readonly<Record<string, unknown>>[] {
  const list = desk.scopes as ArrayLike<{ object: Record<string, unknown> }>;
  desk.scopes = undefined;
  const scopes: Record<string, unknown>[] = [];
  for (let i = 0; i < list.length; i++) {
    const { object } = list[i] as { object: Record<string, unknown> };
    if (object !== globalThis) scopes.push(object);
  }
  return scopes;
}
