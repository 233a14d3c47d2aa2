// Fields of structs against elements of a plain typed array: the same sums over the same numbers.
import { sharedArray, struct } from "heddle";
import { atMost, compete, type Effort, type Row } from "../harness.ts";

const Particle = struct({ x: "f64", y: "f64", vx: "f64", vy: "f64" });
const COUNT = 1000;
const STEP = 1e-9;

const particles = Particle.array(COUNT);
const plain = new Float64Array(COUNT * 4);
const shared = sharedArray(Float64Array, COUNT * 4);

/** Reads of 2 fields and one addition, for each particle. */
function readStructs(): number {
  let sum = 0;
  for (const { vx, vy } of particles) sum += vx + vy;
  return sum;
}
function readArray(array: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < COUNT * 4; i += 4) sum += (array[i + 2] as number) + (array[i + 3] as number);
  return sum;
}

/** Writes of 2 fields, for each particle. */
function writeStructs(): number {
  let value = 0;
  for (const particle of particles) {
    particle.vx = value;
    particle.vy = value += STEP;
  }
  return value;
}
function writeArray(array: Float64Array): number {
  let value = 0;
  for (let i = 0; i < COUNT * 4; i += 4) {
    array[i + 2] = value;
    array[i + 3] = value += STEP;
  }
  return value;
}

/** Nanoseconds for each field, of `loops` times the whole array. */
function nsPerField(body: () => number, loops: number): number {
  let sum = 0;
  const startedAt = process.hrtime.bigint();
  for (let loop = 0; loop < loops; loop++) sum += body();
  const ns = Number(process.hrtime.bigint() - startedAt);
  if (Number.isNaN(sum)) throw new Error("Cannot measure struct: the sum is no number");
  return ns / loops / COUNT / 2;
}

export async function structRows(effort: Effort): Promise<Row[]> {
  const loops = effort.times(20_000);
  const row = async (
    name: string,
    structs: () => number,
    array: (a: Float64Array) => number,
  ): Promise<Row> => {
    // Each loop has its own function, so that the engine sees one kind of array in it.
    const overPlain = (): number => array(plain);
    const measures = await compete(
      [
        { name: "struct", run: () => nsPerField(structs, loops) },
        { name: "plain Float64Array", run: () => nsPerField(overPlain, loops) },
      ],
      effort.rounds,
      effort.patienceMs,
    );
    return {
      name,
      situation: `1000 structs of 4 numbers, 2 of them used; time for each field, with its share of the loop`,
      unit: "ns",
      measures,
      targets: atMost(2, "plain Float64Array", measures, "at most twice a plain typed array"),
    };
  };
  const sharedMeasures = await compete(
    [
      { name: "sharedArray", run: () => nsPerField(() => sum(shared), loops) },
      { name: "plain Float64Array", run: () => nsPerField(() => sumPlain(plain), loops) },
    ],
    effort.rounds,
    effort.patienceMs,
  );
  return [
    await row("struct field, read", readStructs, readArray),
    await row("struct field, write", writeStructs, writeArray),
    {
      name: "sharedArray element, read",
      situation: "a sum over 4000 numbers, half of them read; time for each",
      unit: "ns",
      measures: sharedMeasures,
      targets: atMost(1.1, "plain Float64Array", sharedMeasures, "as fast as a plain typed array"),
    },
  ];
}

function sum(array: Float64Array): number {
  let total = 0;
  for (let i = 0; i < COUNT * 4; i += 2) total += array[i] as number;
  return total;
}
function sumPlain(array: Float64Array): number {
  let total = 0;
  for (let i = 0; i < COUNT * 4; i += 2) total += array[i] as number;
  return total;
}
