// TH84: a hook that itself throws.
import { setExcepthook, spawn } from "heddle";

setExcepthook(() => {
  throw new RangeError("the hook is broken");
});
spawn(() => {
  throw new Error("the first error");
}).join();
console.log("main goes on");
