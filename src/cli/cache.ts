/**
 * Where compiled programs are kept between runs.
 *
 * A file's name holds the hash of its source, so a name never means two texts at once for a reader that
 * looks by name; every write is a rename, so nobody ever reads half a file.
 */
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";

const STALE_MS: number = 30 * 24 * 3600 * 1000;

/** A short name for some texts: 16 hexadecimal digits of their SHA-256. */
export function hashOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** Writes a file so that others see the old text or the new one, never a mixture. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}-${hashOf(String(performance.now()), path)}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

/** Writes a file unless it already holds this text. */
export function writeChanged(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  writeWhole(path, text);
}

/** The cache folder for a program: beside its packages where that can be written, else the user's own. */
export function cacheFolderFor(program: string): string {
  for (const candidate of candidatesFor(program)) {
    try {
      mkdirSync(candidate, { recursive: true, mode: 0o700 });
      accessSync(candidate, constants.W_OK);
      return candidate;
    } catch {
      // Not writable: the next one may be.
    }
  }
  // A fixed name in a folder that everyone may write to would let a stranger plant code there.
  return mkdtempSync(join(tmpdir(), "heddle-"));
}

/** Removes what no run has touched for a month. */
export function pruneCache(folder: string): void {
  const oldest = Date.now() - STALE_MS;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    try {
      if (statSync(path).mtimeMs < oldest) rmSync(path, { force: true });
    } catch {
      // Another run removed it first.
    }
  }
}

function* candidatesFor(program: string): Generator<string> {
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules"))) {
      yield join(folder, "node_modules", ".cache", "heddle");
      break;
    }
    if (folder === dirname(folder)) break;
  }
  yield join(userCacheFolder(), "heddle");
}

function userCacheFolder(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (xdg !== undefined && xdg !== "") return xdg;
  if (platform() === "darwin") return join(homedir(), "Library", "Caches");
  if (platform() === "win32" && local !== undefined) return local;
  return join(homedir(), ".cache");
}
