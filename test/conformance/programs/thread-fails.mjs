// TH72 TH80 TH85: an error in a thread is told on stderr, and the program goes on with status 0.
import { setExcepthook, spawn, Thread } from "heddle";

class YarnError extends Error {
  name = "YarnError";
}
function weave() {
  throw new YarnError("out of yarn", { cause: new TypeError("no sheep") });
}
new Thread({ target: weave, name: "loom" }).start().join();
setExcepthook(({ thread, error }) => console.error(`HOOK ${thread.name}: ${error.message}`));
spawn(weave).join();
setExcepthook(null);
spawn(weave).join();
const plain = spawn(() => {
  throw "just text";
});
plain.join();
console.log("main goes on");
