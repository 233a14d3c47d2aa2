// TH79: Ctrl-C while the program only waits for its threads.
import { sleep, spawn } from "heddle";

for (let i = 0; i < 3; i++) spawn(() => sleep(60_000));
spawn(() => console.log("ready"));
