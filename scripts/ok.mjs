// The one command that checks everything: npm run ok. Each step runs even when an earlier one failed.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const STEPS = [
  { name: "format", command: "npm run --silent format:check" },
  { name: "lint", command: "npm run --silent lint" },
  { name: "types", command: "npm run --silent build" },
  { name: "layers", command: "node scripts/test.mjs test/house/layers.test.ts" },
  { name: "docs", command: "node scripts/memory-doc.mjs --check" },
  { name: "unit", command: "node scripts/test.mjs" },
  { name: "model", command: "node scripts/test.mjs --suite model" },
];

const results = STEPS.map(({ name, command }) => {
  console.log(`\n--- ${name}: ${command}`);
  const started = performance.now();
  const { status } = spawnSync(command, { stdio: "inherit", cwd: root, shell: true });
  return { name, ok: status === 0, seconds: (performance.now() - started) / 1000 };
});
console.log("");
for (const { name, ok, seconds } of results) {
  console.log(`${ok ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
