// A pipe between two processes: what one sends, the other receives, whole and in order.
import { EOFError } from "heddle";
import { Pipe, Process } from "heddle/multiprocessing";

const [here, there] = Pipe();
const echo = new Process({
  target: () => {
    try {
      for (;;) there.send(`echo: ${String(there.recv())}`);
    } catch (error) {
      if (!(error instanceof EOFError)) throw error; // the parent has closed its end
    }
  },
}).start();
there.close();
for (const word of ["ping", "pong"]) {
  here.send(word);
  console.log(here.recv()); // echo: ping, echo: pong
}
here.close();
echo.join();
console.log(echo.exitcode); // 0
