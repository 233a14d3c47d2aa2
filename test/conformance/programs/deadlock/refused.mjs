// The only start() of the program is refused; then main waits for what nobody will ever do.
import { Event, Thread } from "heddle";

const foreign = new WeakRef({});
try {
  new Thread({ target: () => foreign.deref() }).start();
} catch (error) {
  console.log(error.name);
}
new Event({ name: "never" }).wait();
console.log("never reached");
