// The stack of an error in a thread names this file and its lines, also when it is run as TypeScript.
import { spawn } from "heddle";

interface Yarn {
  readonly metres: number;
}

function weave(yarn: Yarn): number {
  if (yarn.metres < 1) throw new RangeError("out of yarn"); // line 9
  return yarn.metres;
}

const thread = spawn(() => weave({ metres: 0 })); // line 13
try {
  thread.result(); // line 15
} catch (error) {
  console.log((error as Error).stack);
}
