// Work that waits: many requests on few threads, and how far they are.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { asCompleted, type Progress, ThreadPoolExecutor } from "../../src/api/index.ts";

const REQUESTS = 1000;

async function download(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}

test("ThreadPoolExecutor({ concurrency }): 1,000 HTTP requests on 2 threads, each answered, with progress", {
  timeout: 60_000,
}, async () => {
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    most = Math.max(most, ++open);
    // Answered a few turns later: meanwhile others come in.
    setImmediate(() =>
      setImmediate(() => {
        open--;
        response.end(`page ${request.url}`);
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const urls = Array.from({ length: REQUESTS }, (_, i) => `http://127.0.0.1:${port}/${i}`);
  const expected = urls.map((_, i) => `page /${i}`);
  try {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2, concurrency: 50 });
    const mapped: Progress[] = [];
    const pages: string[] = [];
    for await (const page of pool.map(download, urls, { onProgress: (p) => mapped.push(p) }))
      pages.push(page);
    assert.deepEqual(pages, expected);
    assertProgress(mapped);
    const completed: Progress[] = [];
    const seen = new Set<string>();
    const futures = urls.map((url) => pool.submit(download, url));
    for await (const future of asCompleted(futures, { onProgress: (p) => completed.push(p) }))
      seen.add(future.result());
    assert.deepEqual(seen, new Set(expected));
    assertProgress(completed);
    assert.ok(most > 1, "requests were under way together");
    assert.equal(pool.statistics().workers, 2);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

/** One report for each request, in order. */
function assertProgress(reports: readonly Progress[]): void {
  assert.deepEqual(
    reports,
    Array.from({ length: REQUESTS }, (_, i) => ({ done: i + 1, total: REQUESTS, failed: 0 })),
  );
}
