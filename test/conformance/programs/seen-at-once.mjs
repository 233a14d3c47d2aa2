// What a thread writes is seen at once, though main is blocked for good: the parent ends this program.
import { sleep, spawn } from "heddle";

spawn(() => {
  console.log("written by a thread");
  sleep(60_000);
}).join();
