// A reporter for node --test that writes one number: how many tests really ran.
// A file that holds no test is itself reported as a passing test by node; it does not count here.
import { isAbsolute } from "node:path";

export default async function* count(source) {
  let ran = 0;
  for await (const { type, data } of source) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    const isFile = isAbsolute(data.name) || data.name.endsWith(".test.js");
    const isSuite = data.details?.type === "suite";
    if (!isFile && !isSuite && data.skip === undefined) ran += 1;
  }
  yield String(ran);
}
