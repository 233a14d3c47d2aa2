/** A manager's process: it has the objects, and does with them what it is asked, one question at a time. */
import type { Addr } from "../core/word.ts";
import { InvalidStateError } from "../errors.ts";
import { prepare, take } from "../value/message.ts";
import { storePortable } from "../value/portable.ts";
import { call } from "./calls.ts";

/** What a process asks a manager. */
export interface Question {
  /** `make`: a new object of the class named; `call`: a method of one; `end`: no more. */
  readonly what: "make" | "call" | "end";
  readonly object: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** How objects of a name are made, and which of their methods may be called. */
export interface Registration {
  readonly make: new (...args: never[]) => object;
  readonly exposed: readonly string[] | undefined;
}

/** Runs until it is told to end. */
export async function serveObjects(
  server: string,
  registry: Readonly<Record<string, Registration>>,
  initializer: ((...args: unknown[]) => unknown) | undefined,
  initargs: readonly unknown[],
): Promise<void> {
  await initializer?.(...initargs);
  const objects: { object: object; exposed: readonly string[] | undefined }[] = [];
  for (;;) {
    const { status, numbers, message } = call({ object: server, method: "serve" });
    if (status !== "") return;
    const [ticket = 0] = numbers;
    let answer: { message: Addr; refs: readonly string[] };
    let failed = 0;
    let ending = false;
    try {
      await prepare(message);
      const question = take(message) as Question;
      ending = question.what === "end";
      answer = storePortable(await answerTo(question), "answer");
    } catch (error) {
      failed = 1;
      answer = storePortable(error, "error", true);
    }
    call({ object: server, method: "answer", numbers: [ticket, failed], ...answer }, true);
    if (ending) return;
  }

  async function answerTo({ what, object, name, args }: Question): Promise<unknown> {
    if (what === "end") return undefined;
    if (what === "make") {
      const { make, exposed } = registry[name] as Registration;
      return objects.push({ object: new make(...(args as never[])), exposed }) - 1;
    }
    const held = objects[object];
    const method: unknown = (held?.object as Record<string, unknown> | undefined)?.[name];
    if (held === undefined || typeof method !== "function" || !isExposed(name, held.exposed))
      throw new InvalidStateError(`Cannot call ${name} of a manager's object: it is not exposed`);
    return (await method.apply(held.object, [...args])) as unknown;
  }
}

function isExposed(name: string, exposed: readonly string[] | undefined): boolean {
  return exposed === undefined ? !name.startsWith("_") && name !== "constructor" : exposed.includes(name);
}
