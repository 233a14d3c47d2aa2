import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import * as fc from "fast-check";
import { countWords, FILE_KIND, summarise } from "./words.ts";

const home: string = mkdtempSync(join(tmpdir(), "heddle-words-"));
after(() => rmSync(home, { recursive: true, force: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(home, name);
  writeFileSync(path, contents);
  return path;
}

function wordsOf(text: string): number {
  return text.split(/[\t\n\v\f\r ]+/).filter((word) => word !== "").length;
}

const text: fc.Arbitrary<string> = fc
  .array(fc.constantFrom("a", "é", "漢字", " ", "\n", "\t\t", "word", "\r\n", "x y"))
  .map((parts) => parts.join(""));

describe("countWords()", () => {
  it("agrees with splitting at white space", () => {
    fc.assert(
      fc.property(text, (sample) => {
        const bytes = new TextEncoder().encode(sample);
        assert.equal(countWords(bytes, bytes.length, 1), wordsOf(sample));
      }),
    );
  });
});

describe("summarise()", () => {
  it("gives the same answer whatever the size of its buffer", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (sample, size) => {
        const summary = summarise(file("sample", sample), new Uint8Array(size));
        assert.equal(summary.words, wordsOf(sample));
        assert.equal(summary.bytes, Buffer.byteLength(sample));
        assert.deepEqual(Buffer.from(summary.sha256), createHash("sha256").update(sample).digest());
      }),
      { numRuns: 50 },
    );
  });

  it("hashes a binary file, and finds no words in it", () => {
    const contents = Uint8Array.from([97, 32, 0, 98, 32, 99]);
    const summary = summarise(file("binary", contents), new Uint8Array(64));
    assert.equal(summary.kind, FILE_KIND.binary);
    assert.equal(summary.words, 0);
    assert.deepEqual(Buffer.from(summary.sha256), createHash("sha256").update(contents).digest());
  });

  it("answers for an empty file", () => {
    const summary = summarise(file("empty", ""), new Uint8Array(64));
    assert.deepEqual([summary.kind, summary.words, summary.bytes], [FILE_KIND.text, 0, 0]);
  });

  it("answers for a file that cannot be read", () => {
    assert.equal(summarise(join(home, "absent"), new Uint8Array(64)).kind, FILE_KIND.unreadable);
    assert.equal(
      summarise(home, new Uint8Array(64)).kind,
      FILE_KIND.unreadable,
      "a folder in a file's place",
    );
  });
});
