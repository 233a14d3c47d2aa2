// What threads weigh: an idle one kept warm, and a hundred that are all blocked at once.
import { runChild } from "../child.ts";
import { compete, type Effort, type Row } from "../harness.ts";

const MIB = 1024 * 1024;

export async function memoryRows(effort: Effort): Promise<Row[]> {
  const many = effort.smoke ? 10 : 100;
  const rounds = effort.smoke ? 1 : 3;
  const measure = (program: string, count: number, figure: string) => (): number =>
    (runChild(program, [String(count)])[figure] ?? Number.NaN) / MIB;
  const idle = await compete(
    [
      { name: "heddle", run: measure("memory-threads", 3, "idle") },
      { name: "bare Workers", run: measure("memory-workers", 3, "each") },
    ],
    rounds,
  );
  const blocked = await compete(
    [
      { name: "heddle", run: measure("memory-threads", many, "blocked") },
      { name: "bare Workers", run: measure("memory-workers", many, "each") },
    ],
    rounds,
  );
  const about = "resident memory of the process, for each";
  return [
    {
      name: "memory of an idle warm thread",
      situation: `threads have ended, their carriers wait for the next; ${about}`,
      unit: "MiB",
      measures: idle,
      targets: [],
    },
    {
      name: `memory of ${many} blocked threads`,
      situation: `all blocked at once; ${about}`,
      unit: "MiB",
      measures: blocked,
      targets: [],
    },
  ];
}
