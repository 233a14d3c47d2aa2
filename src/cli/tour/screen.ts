/** What the tour prints: headings, facts, tables and a progress bar, all with `styleText`. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Text in a style where the terminal can show it. */
export function styled(style: Style, text: string): string {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const wanted = FORCE_COLOR !== undefined || (process.stdout.isTTY && NO_COLOR === undefined);
  return wanted ? styleText(style, text) : text;
}

export function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

export function heading(number: number, title: string): void {
  say();
  say(styled("bold", `${number}. ${title}`));
}

/** One thing that was observed. */
export function fact(name: string, value: string): void {
  say(`   ${styled("cyan", name.padEnd(34))} ${value}`);
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** A duration in the unit that reads best. */
export function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 1) return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
  if (ms >= 0.001) return `${(ms * 1000).toFixed(1)} µs`;
  return `${(ms * 1e6).toFixed(0)} ns`;
}

/** A size in the unit that reads best. */
export function bytes(value: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let unit = 0;
  let size = value;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ""}`;
}

export function plural(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export interface Progress {
  show(done: number): void;
  end(): void;
}

/** A bar that fills on a terminal; elsewhere one plain line when the work begins. */
export function progress(what: string, total: number): Progress {
  if (!process.stdout.isTTY) {
    say(`   ${what} …`);
    return { show: () => {}, end: () => {} };
  }
  const width = 30;
  let shown = "";
  return {
    show(done) {
      const filled = total === 0 ? width : Math.round((done / total) * width);
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      const line = `   ${what} ${styled("green", "█".repeat(filled))}${"░".repeat(width - filled)} ${percent} %`;
      if (line !== shown) process.stdout.write(`\r${line}`);
      shown = line;
    },
    end() {
      process.stdout.write("\r\x1b[2K");
    },
  };
}
