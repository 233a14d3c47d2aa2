// The downloader: while one task waits for its answer, others use the thread. The server is slow, not the pool.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { asCompleted, ThreadPoolExecutor } from "heddle";

const ANSWER_AFTER_MS = 100;
const server = createServer((request, response) => {
  setTimeout(() => response.end(`the page ${request.url}`), ANSWER_AFTER_MS);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;

async function download(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}

await using pool = new ThreadPoolExecutor({ maxWorkers: 2, concurrency: 50 });
const urls = Array.from({ length: 60 }, (_, i) => `http://127.0.0.1:${port}/${i}`);
const startedAt = performance.now();
const futures = urls.map((url) => pool.submit(download, url));

let bytes = 0;
for await (const future of asCompleted(futures)) bytes += future.result().length;
const elapsedMs = performance.now() - startedAt;

assert.equal(
  bytes,
  urls.reduce((sum, _, i) => sum + `the page /${i}`.length, 0),
);
assert.ok(elapsedMs < urls.length * ANSWER_AFTER_MS, "the answers were waited for together");
console.log(`${urls.length} pages, ${bytes} bytes, on 2 threads`);
server.close();
server.closeAllConnections();
