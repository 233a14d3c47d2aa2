// TS01: signals that a thread sends run their handlers in the main thread; then a handler is taken away again.
import { getIdent, spawn } from "heddle";

const ident = getIdent();
// oxlint-disable-next-line no-restricted-globals -- keeps the process alive until the signals have come
const alive = setInterval(() => {}, 1000);
const send = (signal) => spawn((name) => void process.kill(process.pid, name), signal);
process.once("SIGUSR2", (name, number) => {
  console.log("handler in main:", getIdent() === ident, name, number > 0);
  process.on("SIGTERM", stop);
  send("SIGTERM");
});
function stop(name) {
  console.log(name, process.listenerCount("SIGUSR2"));
  process.off("SIGTERM", stop);
  clearInterval(alive);
}
send("SIGUSR2");
