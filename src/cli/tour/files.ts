/** The files below a folder, in a table that all threads read without copying it. */
import { accessSync, constants, lstatSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { sharedArray } from "heddle";
import { CliError } from "../cli-error.ts";

export interface FileTable {
  readonly folder: string;
  readonly length: number;
  /** All paths, in UTF-8, one after another. */
  readonly text: Uint8Array;
  /** Where path i begins in `text`; one more entry than there are paths. */
  readonly starts: Int32Array;
  /** The order to take them in: the largest first, so that no thread starts a large one when the others are done. */
  readonly order: Int32Array;
  /** Folders that could not be read. */
  readonly unreadable: readonly string[];
  /** What is neither a file nor a folder: links, sockets, pipes. */
  readonly skipped: number;
}

/**
 * Lists the regular files below a folder, sorted by path; folders named `except` are left out. Throws `CliError`
 * when the folder cannot be read.
 */
export function listFiles(start: string, except?: string): FileTable {
  const folder = resolve(start);
  requireFolder(start);
  const files: { path: string; bytes: number }[] = [];
  const unreadable: string[] = [];
  let skipped = 0;
  const open = [folder];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    try {
      for (const entry of readdirSync(current, { withFileTypes: true })) {
        const path = join(current, entry.name);
        if (entry.isDirectory()) {
          if (entry.name !== except) open.push(path);
        } else if (entry.isFile())
          files.push({ path, bytes: lstatSync(path, { throwIfNoEntry: false })?.size ?? 0 });
        else skipped += 1;
      }
    } catch {
      unreadable.push(current);
    }
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { folder, unreadable, skipped, ...tableOf(files) };
}

/** The path of one file of the table. */
export function pathAt(table: Pick<FileTable, "text" | "starts">, index: number): string {
  // A copy, because a TextDecoder refuses shared memory.
  return Buffer.from(table.text.slice(table.starts[index], table.starts[index + 1])).toString("utf8");
}

/** Throws `CliError` unless this is a folder that can be read. */
export function requireFolder(given: string): void {
  const folder = resolve(given);
  try {
    if (!statSync(folder).isDirectory()) throw new CliError(`Cannot read ${given}: it is not a folder`);
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof CliError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: Record<string, string> = {
      ENOENT: "there is no such folder",
      EACCES: "permission denied",
    };
    throw new CliError(`Cannot read ${given}: ${reasons[code ?? ""] ?? (error as Error).message}`, 1, {
      cause: error,
    });
  }
}

function tableOf(
  files: readonly { path: string; bytes: number }[],
): Pick<FileTable, "length" | "text" | "starts" | "order"> {
  const encoder = new TextEncoder();
  const paths = files.map((file) => encoder.encode(file.path));
  const text = sharedArray(
    Uint8Array,
    Math.max(
      1,
      paths.reduce((sum, path) => sum + path.length, 0),
    ),
  );
  const starts = sharedArray(Int32Array, files.length + 1);
  const order = sharedArray(Int32Array, Math.max(1, files.length));
  let position = 0;
  for (const [index, path] of paths.entries()) {
    starts[index] = position;
    text.set(path, position);
    position += path.length;
  }
  starts[files.length] = position;
  const largest = files
    .map((_, index) => index)
    .sort((a, b) => (files[b]?.bytes ?? 0) - (files[a]?.bytes ?? 0));
  order.set(largest);
  return { length: files.length, text, starts, order };
}
