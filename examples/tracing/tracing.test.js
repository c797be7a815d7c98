// The gateway as it is installed, with tracing.mjs, and a collector that takes what OTLP brings: npm test
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempDisposable } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { json } from "node:stream/consumers"
import { test } from "node:test"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const CALLER = "b7ad6b7169203331"

// proves 30.spans: OTLP, from the packed command
test("the spans of a message reach the collector as one trace, below that of the caller", async () => {
  await using collector = await startCollector()
  await using folder = await mkdtempDisposable(join(tmpdir(), "tracing-"))
  const gateway = spawn("wecom-push", ["serve", "--simulator", "0", "--port", "0", "--json"], {
    cwd: folder.path,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      NODE_OPTIONS: `--import=${import.meta.resolve("./tracing.mjs")}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  })
  const exit = once(gateway, "exit")
  try {
    const [line] = await once(createInterface({ input: gateway.stdout }), "line")
    const { url, admin_key: key } = JSON.parse(line)
    const ask = (path, init = {}) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })
    const accepted = await ask("/v1/messages", {
      method: "POST",
      headers: { "content-type": "application/json", traceparent: `00-${TRACE}-${CALLER}-01` },
      body: JSON.stringify({
        app: "alerts",
        to: { mobiles: ["13800000001"] },
        msgtype: "text",
        text: { content: "磁盘 91%" },
      }),
    })
    assert.equal(accepted.status, 202)
    const { id } = await accepted.json()
    while ((await (await ask(`/v1/messages/${id}`)).json()).state !== "sent") await new Promise(setImmediate)
  } finally {
    // What has not been exported yet goes out before the end.
    gateway.kill("SIGTERM")
    await exit
  }
  const spans = collector.spans.filter(({ traceId }) => traceId === TRACE)
  assert.deepEqual(spans.map(({ name }) => String(name)).toSorted(), [
    "accept message",
    "deliver message",
    "find people",
    "send call",
    "settle call",
  ])
  const accept = spans.find(({ name }) => name === "accept message")
  const deliver = spans.find(({ name }) => name === "deliver message")
  assert.deepEqual([accept.parentSpanId, deliver.parentSpanId], [CALLER, accept.spanId])
})

async function startCollector() {
  const spans = []
  const take = async (request, response) => {
    const { resourceSpans } = await json(request)
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
    response.setHeader("content-type", "application/json").end("{}")
  }
  const server = createServer((request, response) => void take(request, response))
  await once(server.listen(0, "127.0.0.1"), "listening")
  return {
    spans,
    url: `http://127.0.0.1:${server.address().port}`,
    [Symbol.asyncDispose]: () => new Promise((closed) => server.close(closed).closeAllConnections()),
  }
}
