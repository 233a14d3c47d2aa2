// The table that a run prints, and the two files that a full run leaves behind.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, getPriority, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Row, Target } from "./harness.ts";
import { type Peer, ROOT } from "./peers.ts";

export interface Report {
  readonly command: string;
  readonly date: string;
  /** How many measurements other programs may have disturbed. */
  readonly calmness: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

export function machineOf(peers: readonly (Peer | undefined)[]): Record<string, string> {
  const machine: Record<string, string> = {
    processor: `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    "load when it began": `${(loadavg()[0] ?? 0).toFixed(2)}; the benchmark at priority ${getPriority()}`,
    system: `${process.platform} ${release()} ${process.arch}`,
    Node: `${process.version}, V8 ${process.versions.v8}`,
  };
  for (const peer of peers) if (peer) machine[peer.name] = peer.version;
  return machine;
}

/** Three digits that matter. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return "—";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function ratios(row: Row): string[] {
  const own = row.measures[0]?.value ?? Number.NaN;
  return row.measures.map(({ name, value }, i) =>
    i === 0
      ? `${name} ${figure(value)} ${row.unit}`
      : `${name} ${figure(value)} ${row.unit} (${figure(value / own)}×)`,
  );
}

function verdict(target: Target): string {
  return `${target.passed ? "pass" : "FAIL"}: ${target.text}, observed ${figure(target.observed)}`;
}

/** Prints a row as soon as it is measured. */
export function printRow(row: Row): void {
  process.stdout.write(`\n${row.name} (${row.situation})\n`);
  for (const line of ratios(row)) process.stdout.write(`    ${line}\n`);
  for (const target of row.targets) process.stdout.write(`  ${verdict(target)}\n`);
}

export function writeReport(report: Report): void {
  writeFileSync(join(ROOT, "bench/results.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(ROOT, "bench/RESULTS.md"), markdownOf(report));
}

function markdownOf(report: Report): string {
  const lines = [
    "# Benchmark results",
    "",
    `Measured on ${report.date} with \`${report.command}\`. Contestants take turns within each round; a figure is`,
    "the median over the rounds. The ratio beside a figure is that figure divided by heddle's: above 1, heddle needs less.",
    "",
    `${report.calmness}; the others waited for that in vain.`,
    "",
    "| machine | |",
    "| --- | --- |",
    ...Object.entries(report.machine).map(([name, value]) => `| ${name} | ${value} |`),
    "",
    "| row | situation | heddle | beside it | target |",
    "| --- | --- | --- | --- | --- |",
  ];
  for (const row of report.rows) {
    const [own = "—", ...others] = ratios(row);
    const targets = row.targets.map(verdict).join("<br>") || "—";
    lines.push(`| ${row.name} | ${row.situation} | ${own} | ${others.join("<br>") || "—"} | ${targets} |`);
  }
  return `${lines.join("\n")}\n`;
}
