import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { CLI, type ProgramResult, runProgram } from "../support/child.ts";

const home: string = mkdtempSync(join(tmpdir(), "heddle-tour-"));
after(() => rmSync(home, { recursive: true, force: true }));

function tour(...args: string[]): Promise<ProgramResult> {
  return runProgram([CLI, "tour", ...args], { deadlineMs: 60_000 });
}

function report({ status, signal, stdout, stderr, timedOut }: ProgramResult): string {
  return JSON.stringify({ status, signal, timedOut, stdout, stderr }, undefined, 1);
}

function folder(name: string, files: Record<string, string | Uint8Array>): string {
  const path = join(home, name);
  mkdirSync(path, { recursive: true });
  for (const [file, contents] of Object.entries(files)) writeFileSync(join(path, file), contents);
  return path;
}

describe("heddle tour", () => {
  it("says that a folder is not there, with status 1, before it begins", async () => {
    const result = await tour(join(home, "absent"));
    assert.equal(result.status, 1, report(result));
    assert.equal(result.stderr, `Cannot read ${join(home, "absent")}: there is no such folder\n`);
    assert.equal(result.stdout, "");
  });

  it("says that a file is not a folder", async () => {
    const file = join(folder("one", { "a.txt": "a" }), "a.txt");
    const result = await tour("job", file);
    assert.equal(result.status, 1, report(result));
    assert.equal(result.stderr, `Cannot read ${file}: it is not a folder\n`);
  });

  it("answers an unknown chapter with the names of all, with status 2", async () => {
    const result = await tour("dance", home);
    assert.equal(result.status, 2, report(result));
    assert.match(result.stderr, /^Cannot show chapter dance: the chapters are 1 process, 2 costs/);
  });

  it("counts words, sets binary files apart and leaves links out", async () => {
    const path = folder("mixed", {
      "a.txt": "one two\nthree",
      "b.bin": Uint8Array.from([1, 0, 2]),
      "c.txt": "",
    });
    symlinkSync(join(path, "a.txt"), join(path, "link"));
    const result = await tour("job", path);
    assert.equal(result.status, 0, report(result));
    assert.match(result.stdout, /words +3\n/);
    assert.match(result.stdout, /binary files +1, /);
    assert.match(result.stdout, /neither file nor folder +1, left out/);
    assert.match(result.stdout, /same answer +yes/);
  });

  it("names what it could not read, and goes on", { skip: process.getuid?.() === 0 }, async () => {
    const path = folder("closed", { "a.txt": "one two", "b.txt": "secret" });
    chmodSync(join(path, "b.txt"), 0);
    const result = await tour("job", path);
    assert.equal(result.status, 0, report(result));
    assert.match(result.stdout, /files that could not be read +1: .*b\.txt/);
  });

  it("takes an empty folder", async () => {
    const result = await tour("job", folder("empty", {}));
    assert.equal(result.status, 0, report(result));
  });

  it("keeps every update under the lock, and loses some without it", async () => {
    const [race, lock] = [await tour("race"), await tour("6")];
    assert.equal(race.status, 0, report(race));
    assert.match(race.stdout, /expected +2,000,000\n[^]*updates lost +[1-9][\d,]* /);
    assert.equal(lock.status, 0, report(lock));
    assert.match(lock.stdout, /found +2,000,000, /);
  });

  it("sees each state of a thread's life", async () => {
    const result = await tour("life-cycle");
    assert.equal(result.status, 0, report(result));
    for (const state of ["new", "runnable", "running", "blocked", "terminated"])
      assert.match(result.stdout, new RegExp(`   ${state} +\\S`));
  });
});

describe("heddle doctor", () => {
  it("finds everything here that it needs", async () => {
    const result = await runProgram([CLI, "doctor"], { deadlineMs: 30_000 });
    assert.equal(result.status, 0, report(result));
    assert.match(result.stdout, /heddle can work here\.\n$/);
  });
});
