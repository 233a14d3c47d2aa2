// Renders docs/memory.md from the tables in src/core/layout.ts (build first).
//   node scripts/memory-doc.mjs            writes it
//   node scripts/memory-doc.mjs --check    fails when it differs from what would be written
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The page that is rendered. */
export const MEMORY_DOC = join(root, "docs/memory.md");

const PREFACE = `# The shared memory

<!-- Rendered from src/core/layout.ts by \`npm run docs\`; a test fails when the two differ. Edit the tables there. -->

All that heddle's threads share is in one \`SharedArrayBuffer\`, reserved once per process at its full size; pages
that were never touched cost no memory. An *address* is a byte offset into it, always a multiple of 4. A record
is a run of 32-bit words; it is read and written through \`src/core/word.ts\` alone. Address 0 is the header, which
no reference can mean, so 0 says "none" everywhere.

The fixed regions come first and the heap's pages fill the rest:

`;

const bytes = (count) => (count >= 1024 && count % 1024 === 0 ? `${count / 1024} KiB` : `${count} bytes`);
/** A cell of a table: a bar in the text would end it. */
const cell = (text) => text.replaceAll("|", "\\|");

function regions(layout) {
  const {
    HEADER_SIZE,
    MAX_THREADS,
    MAX_ISOLATES,
    ISOLATE_SIZE,
    MAX_ASYNC,
    WAITER_SIZE,
    MAX_PAGES,
    PAGE_SIZE,
  } = layout;
  const rows = [
    ["header", 0, HEADER_SIZE, "one record `header`"],
    [
      "thread table",
      layout.threadSlotAt(0),
      MAX_THREADS * 4,
      `${MAX_THREADS} slots of one word: the address of a \`thread\` record, or 0`,
    ],
    ["isolates", layout.isolateAt(0), MAX_ISOLATES * ISOLATE_SIZE, `${MAX_ISOLATES} records \`isolate\``],
    [
      "waiters",
      layout.blockingWaiterAt(0),
      (MAX_ISOLATES + MAX_ASYNC) * WAITER_SIZE,
      `${MAX_ISOLATES} records \`waiter\` for blocking calls, one for each isolate, then ${MAX_ASYNC} for pending Async calls`,
    ],
    ["page table", layout.PAGE_TABLE, MAX_PAGES * 4, `${MAX_PAGES} words, one for each page`],
    [
      "heap",
      layout.FIRST_PAGE * PAGE_SIZE,
      (MAX_PAGES - layout.FIRST_PAGE) * PAGE_SIZE,
      `pages of ${bytes(PAGE_SIZE)}, from page ${layout.FIRST_PAGE}`,
    ],
  ];
  return ["| region | from | at most | holds |", "| --- | ---: | ---: | --- |"]
    .concat(rows.map(([name, from, size, holds]) => `| ${name} | ${from} | ${bytes(size)} | ${holds} |`))
    .join("\n");
}

function record({ name, size, doc, fields }) {
  const rows = fields.map(
    (field) => `| ${field.offset} | ${field.size} | \`${field.name}\` | ${cell(field.doc)} |`,
  );
  return [
    `## \`${name}\`: ${bytes(size)}`,
    "",
    doc,
    "",
    "| offset | size | field | meaning |",
    "| ---: | ---: | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** The whole page, from the exports of the compiled src/core/layout.ts. */
export function renderMemoryDoc(layout) {
  return `${PREFACE}${regions(layout)}\n\n${layout.LAYOUTS.map(record).join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rendered = renderMemoryDoc(await import("../dist/src/core/layout.js"));
  if (!process.argv.includes("--check")) {
    writeFileSync(MEMORY_DOC, rendered);
  } else if (!existsSync(MEMORY_DOC) || readFileSync(MEMORY_DOC, "utf8") !== rendered) {
    process.stderr.write(
      "Cannot pass docs/memory.md: it differs from src/core/layout.ts (npm run docs renders it)\n",
    );
    process.exitCode = 1;
  }
}
