// The one command that checks everything: npm run ok. Each step runs even when an earlier one failed.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const STEPS = [
  ["format", ["npm", "run", "--silent", "format:check"]],
  ["lint", ["npm", "run", "--silent", "lint"]],
  ["types", ["npm", "run", "--silent", "build"]],
  ["layers", ["node", "scripts/test.mjs", "test/house/layers.test.ts"]],
  ["docs", ["node", "scripts/memory-doc.mjs", "--check"]],
  ["unit", ["node", "scripts/test.mjs"]],
  ["model", ["node", "scripts/test.mjs", "--suite", "model"]],
];

const results = STEPS.map(([name, [command, ...args]]) => {
  console.log(`\n--- ${name}: ${[command, ...args].join(" ")}`);
  const started = performance.now();
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd: root });
  return { name, ok: status === 0, seconds: (performance.now() - started) / 1000 };
});
console.log("");
for (const { name, ok, seconds } of results) {
  console.log(`${ok ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
