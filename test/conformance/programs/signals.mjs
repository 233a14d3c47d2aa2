// TS01: a signal that a thread sends runs its handler in the main thread.
import { getIdent, spawn } from "heddle";

const ident = getIdent();
process.on("SIGUSR2", () => {
  console.log("handler in main:", getIdent() === ident);
  clearInterval(alive);
});
const alive = setInterval(() => {}, 1000);
spawn(() => process.kill(process.pid, "SIGUSR2"));
