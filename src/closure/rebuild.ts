/**
 * Rebuilds functions and classes from their code records.
 *
 * The text is compiled inside a factory whose parameters are the free variables;
 * each call of the factory makes one function and the link that sets them. So a
 * function exists before its free variables do, and cycles come out whole.
 */
import type { Addr } from "../core/word.ts";
import { InternalError } from "../errors.ts";
import type { FunctionShell } from "../value/function-codec.ts";
import type { AnyFunction } from "../value/function-image.ts";
import { loadedModule } from "../value/known.ts";
import { atOrigin, bind } from "../value/origin.ts";
import { urlOf } from "../value/platform.ts";
import { codeAt, type Code } from "./code.ts";
import { compileAt } from "./platform.ts";
import { noteSourceMap } from "./source-map.ts";

type Link = (values: unknown[]) => void;
type Holder = Record<PropertyKey, unknown>;
type Make = (superclass?: unknown) => Holder;

/** What was rebuilt here: its code, and the values it was linked with. */
export interface Rebuilt {
  readonly code: Addr;
  readonly origin: number;
  values: unknown[];
}

const rebuilt = new WeakMap<AnyFunction, Rebuilt>();
const factories = new Map<Addr, Factory>();

interface Factory {
  readonly code: Code;
  /** How the function is found in the object that the factory makes: the property, and the part of it. */
  readonly part: "value" | "get" | "set";
  readonly create: () => unknown[];
}

/** What is known of a function that was rebuilt here. */
export function rebuiltAs(fn: AnyFunction): Rebuilt | undefined {
  return rebuilt.get(fn);
}

function factoryAt(record: Addr): Factory {
  let factory = factories.get(record);
  if (factory === undefined) {
    const code = codeAt(record);
    factory = { code, part: partOf(code), create: compile(code) };
    factories.set(record, factory);
  }
  return factory;
}

function partOf(code: Code): Factory["part"] {
  if (code.kind !== "accessor") return "value";
  return code.text.startsWith("get") ? "get" : "set";
}

/** A name that the code does not use. */
function unused(code: Code, name: string): string {
  let free = name;
  while (code.text.includes(free)) free += "$";
  return free;
}

function compile(code: Code): () => unknown[] {
  const values = unused(code, "$v");
  const isNamed = code.kind === "method" || code.kind === "accessor";
  const key = isNamed ? "" : `${JSON.stringify(code.name)}:`;
  const links = code.names.map((name, index) => `${name}=${values}[${index}]`).join(";");
  const link = code.names.length === 0 ? "undefined" : `${values}=>{${links}}`;
  const open = code.kind === "class" ? `${openClass(code)}({${key}` : `{${key}`;
  const close = code.kind === "class" ? "})" : isNamed ? "}" : `}[${JSON.stringify(code.name)}]`;
  const head = `${code.strict ? '"use strict";' : ""}return[${open}`;
  noteSourceMap(code);
  const body = `${head}${code.text}${close},${link}]`;
  return compileAt(body, [...code.names], code.url, code.line, code.column - head.length) as () => unknown[];
}

/** A class is defined when its superclass is there. */
function openClass(code: Code): string {
  if (code.heritage === "") return "()=>";
  // Where the class names its superclass by a variable, that variable is set first.
  if (code.names.includes(code.heritage)) {
    const superclass = unused(code, "$h");
    return `${superclass}=>(${code.heritage}=${superclass},0)||`;
  }
  return `${code.heritage}=>`;
}

function extract(holder: Holder, part: Factory["part"]): AnyFunction {
  const [key] = Reflect.ownKeys(holder);
  const property = Object.getOwnPropertyDescriptor(holder, key as PropertyKey);
  if (property === undefined) throw new InternalError("Cannot rebuild a function: its text makes none");
  return property[part] as AnyFunction;
}

/** Makes a function, or finds the one that it came from. */
export function build(record: Addr, origin: number): FunctionShell {
  const { code, part, create } = factoryAt(record);
  const home = atOrigin(origin);
  if (home !== undefined) return { value: home as AnyFunction, size: code.names.length, link: undefined };
  const [made, link] = create() as [Holder | AnyFunction, Link | undefined];
  const value = typeof made === "function" ? made : extract(made, part);
  return shellOf(value, record, origin, code, link);
}

function shellOf(
  value: AnyFunction,
  record: Addr,
  origin: number,
  code: Code,
  link: Link | undefined,
): FunctionShell {
  const entry: Rebuilt = { code: record, origin, values: [] };
  rebuilt.set(value, entry);
  return {
    value,
    size: code.names.length,
    link: (values) => {
      entry.values = values;
      link?.(values);
    },
  };
}

/** Makes a class, or finds the one that this isolate has already. */
export function buildClass(
  record: Addr,
  origin: number,
  superclass: unknown,
  values: unknown[] | undefined,
): FunctionShell {
  const { code, create } = factoryAt(record);
  const known = atOrigin(origin) ?? exportedClass(code);
  if (known !== undefined) return { value: known as AnyFunction, size: code.names.length, link: undefined };
  const [define, link] = create() as [Make, Link | undefined];
  if (values !== undefined) link?.(values);
  const value = extract(define(superclass), "value");
  bind(value, origin);
  const shell = shellOf(value, record, origin, code, link);
  if (values !== undefined) shell.link?.(values);
  return shell;
}

/** The class itself, where this isolate has loaded the module that exports it. */
function exportedClass(code: Code): unknown {
  if (code.exportedAs === "") return undefined;
  const namespace = loadedModule(`esm:${urlOf(code.url)}`) as Record<string, unknown> | undefined;
  const exported = namespace?.[code.exportedAs];
  return typeof exported === "function" ? exported : undefined;
}

/** How many values come before the definition of a class. */
export function earlyValues(record: Addr): number {
  const { code } = factoryAt(record);
  return code.early ? code.names.length : 0;
}
