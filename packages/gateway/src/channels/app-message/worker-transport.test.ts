import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { after, test } from "node:test"
import type { TestContext } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import type { Worker } from "node:worker_threads"
import { TransportFault } from "@wecom-push/sdk"
import type { Transport, TransportResponse } from "@wecom-push/sdk"
import { REQUEST_SOCKETS } from "@wecom-push/sdk/internals"
import type { ProxySettings } from "@wecom-push/sdk/internals"
import { byteTransportContract } from "../../../../sdk/src/testing/byte-transport-contract.ts"
import { httpAnswer, startRawServer } from "../../../../sdk/src/testing/raw-server.ts"
import { transportContract } from "../../../../sdk/src/testing/transport-contract.ts"
import { WorkerTransport } from "./worker-transport.ts"

/** All calls that may go by the thread do. */
const ALWAYS_BUSY = { from: 1, keepsMs: 0 }

/** A transport whose thread runs already: starting it takes a good part of the deadlines that the contract sets. */
const started = await startedTransport()

await transportContract("busy", { open, knowsPhase: true })
byteTransportContract("busy", { open, knowsPhase: true })

function noFailure(thread: string, error: unknown): void {
  assert.fail(`the thread ${thread} has failed: ${String(error)}`)
}

async function startedTransport(): Promise<WorkerTransport> {
  const transport = new WorkerTransport({ busy: ALWAYS_BUSY, report: noFailure })
  await using server = await startRawServer({ onRequest: (socket) => socket.write(httpAnswer("{}")) })
  const url = new URL(`http://127.0.0.1:${server.port}`)
  await transport.request({ method: "POST", url, headers: {}, body: "", signal: AbortSignal.timeout(20_000) })
  return transport
}

function open(proxy?: ProxySettings): Transport {
  const own = new WorkerTransport({ proxy, busy: ALWAYS_BUSY, report: noFailure })
  return {
    // Only a thread that starts after a test has set the trusted certificates or the proxy knows them.
    request: (request) => (request.url.protocol === "http:" && proxy === undefined ? started : own).request(request),
    download: (request) => own.download(request),
    close: () => own.close(),
  }
}

interface Rig {
  readonly transport: WorkerTransport
  /** Threads that were started since then. */
  readonly threads: Worker[]
  readonly failures: string[]
  readonly held: (() => void)[]
  readonly send: (body?: string) => Promise<TransportResponse>
}

/** A server that answers when the test lets it. */
async function rig(t: TestContext, busy = { from: 3, keepsMs: 0 }): Promise<Rig> {
  const held: (() => void)[] = []
  const server = await startRawServer({ onRequest: (socket) => held.push(() => socket.write(httpAnswer("{}"))) })
  const failures: string[] = []
  const report = (thread: string, error: unknown): void => void failures.push(`${thread}: ${String(error)}`)
  const transport = new WorkerTransport({ busy, report })
  const threads: Worker[] = []
  const note = (thread: Worker): void => void threads.push(thread)
  process.on("worker", note)
  t.after(async () => {
    process.off("worker", note)
    await server[Symbol.asyncDispose]()
    await transport.close()
  })
  const url = new URL(`http://127.0.0.1:${server.port}/`)
  const send = (body = "{}"): Promise<TransportResponse> =>
    transport.request({ method: "POST", url, headers: {}, body, signal: AbortSignal.timeout(20_000) })
  return { transport, threads, failures, held, send }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test("a few calls, and long ones, go by no thread", async (t) => {
  const { threads, held, send } = await rig(t)
  const calls = [send(), send(), send("x".repeat(10_000)), send("x".repeat(10_000))]
  await until(() => held.length === 4)
  for (const answer of held.splice(0)) answer()
  await Promise.all(calls)
  assert.equal(threads.length, 0)
})

test("from a number on calls go by a thread, and those of another wave soon after it too", async (t) => {
  const { threads, held, send } = await rig(t, { from: 3, keepsMs: 20_000 })
  const wave = async (size: number): Promise<void> => {
    const calls = Array.from({ length: size }, () => send())
    await until(() => held.length === size)
    for (const answer of held.splice(0)) answer()
    await Promise.all(calls)
  }
  await wave(2)
  assert.equal(threads.length, 0)
  await wave(3)
  assert.equal(threads.length, 1)
  const [thread] = threads
  assert.ok(thread !== undefined)
  let orders = 0
  const post = thread.postMessage.bind(thread)
  t.mock.method(thread, "postMessage", (...args: Parameters<typeof post>) => {
    orders++
    post(...args)
  })
  await wave(1)
  assert.equal(orders, 1)
})

// proves 30.spans: calls of many traces by a thread
test("calls that go by the thread together may differ in address, headers and method", async (t) => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    const { traceparent = "", tracestate = "" } = request.headers
    seen.push(
      `${request.method} ${request.url} ${String(request.headers["x-call"])} ${String(traceparent)} ${String(tracestate)}`,
    )
    response.end("{}")
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const transport = new WorkerTransport({ busy: ALWAYS_BUSY, report: noFailure })
  t.after(async () => {
    await transport.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const [one, other] = [{ "x-call": "1" }, { "x-call": "2" }]
  const traced = (n: number) => ({
    ...one,
    traceparent: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333${n}-01`,
    ...(n === 2 && { tracestate: "a=1" }),
  })
  const calls: readonly (readonly ["GET" | "POST", string, Record<string, string>])[] = [
    ["POST", "/a", one],
    ["POST", "/a", one],
    ["POST", "/b", one],
    ["POST", "/b", other],
    ["GET", "/b", other],
    ["POST", "/a", one],
    ["POST", "/a", traced(1)],
    ["POST", "/a", traced(2)],
    ["POST", "/a", traced(3)],
    ["POST", "/a", one],
    ["POST", "/a", {}],
    ["POST", "/a", traced(4)],
  ]
  const signal = AbortSignal.timeout(20_000)
  const url = (path: string): URL => new URL(`http://127.0.0.1:${port}${path}`)
  await Promise.all(
    calls.map(([method, path, headers]) => transport.request({ method, url: url(path), headers, body: "", signal })),
  )
  const expected = calls.map(
    ([method, path, { "x-call": call, traceparent = "", tracestate = "" }]) =>
      `${method} ${path} ${call} ${traceparent} ${tracestate}`,
  )
  assert.deepEqual(seen.toSorted(), expected.toSorted())
})

test("what a thread that has failed had written may have arrived; it is reported, and another one takes its place", async (t) => {
  const { threads, failures, held, send } = await rig(t, ALWAYS_BUSY)
  const call = send()
  await until(() => held.length === 1)
  const [fault] = await Promise.all([call.catch((error: unknown) => error), threads[0]?.terminate()])
  assert.ok(fault instanceof TransportFault)
  assert.deepEqual([fault.kind, fault.mayHaveArrived, fault.code], ["reset", true, "THREAD_ENDED"])
  assert.deepEqual(failures, ["sending: Error: the thread ended with exit code 1"])
  const answered = async (): Promise<void> => {
    const next = send()
    await until(() => held.length === 2)
    held.pop()?.()
    assert.equal((await next).status, 200)
  }
  while (threads.length < 2) await answered()
})

// proves 10.1: worker threads
test("what a thread that has failed had not written goes out all the same, once", async (t) => {
  const { transport, threads, held, send } = await rig(t, ALWAYS_BUSY)
  await transport.start()
  const calls = Array.from({ length: 20 }, () => send())
  // The thread has no order yet, because it is ended in the same turn of the event loop.
  const ended = threads[0]?.terminate()
  await until(() => held.length === 20)
  for (const answer of held) answer()
  for (const { status } of await Promise.all(calls)) assert.equal(status, 200)
  await ended
  assert.equal(held.length, 20)
})

// proves 10.1: worker threads
test("of many calls whose thread fails in the middle, those reported as sent are those that the server got", async (t) => {
  const { transport, threads, held, send } = await rig(t, ALWAYS_BUSY)
  await transport.start()
  // More than there are sockets, so that some wait in the thread for one.
  const calls = Array.from({ length: 3 * REQUEST_SOCKETS }, (_, n) =>
    send(String(n)).then(
      () => "answered",
      (error: unknown) => error,
    ),
  )
  await until(() => held.length === REQUEST_SOCKETS)
  await threads[0]?.terminate()
  await until(() => held.length >= 2 * REQUEST_SOCKETS)
  const timer = setInterval(() => held.splice(0).forEach((answer) => answer()), 5)
  t.after(() => clearInterval(timer))
  const outcomes = await Promise.all(calls)
  const lost = outcomes.filter((outcome) => outcome instanceof TransportFault)
  assert.deepEqual(
    new Set(lost.map(({ mayHaveArrived, code }) => `${mayHaveArrived} ${code}`)),
    new Set(["true THREAD_ENDED"]),
  )
  const answered = outcomes.filter((outcome) => outcome === "answered")
  assert.deepEqual([lost.length, answered.length], [REQUEST_SOCKETS, 2 * REQUEST_SOCKETS])
})

test("a thread that cannot start is reported with its cause", async (t) => {
  const { transport } = await rig(t, ALWAYS_BUSY)
  const cause = new Error("no memory for it")
  process.once("worker", (worker) => {
    worker.emit("error", cause)
    void worker.terminate()
  })
  await assert.rejects(transport.start(), cause)
})

test("a caller that still waits when it is closed gets an error", async (t) => {
  const { transport, held, send } = await rig(t, ALWAYS_BUSY)
  const call = assert.rejects(send(), TransportFault)
  await until(() => held.length === 1)
  await transport.close()
  await call
})

test("what was not given to a thread when it is closed never goes out, and starts none", async (t) => {
  const { transport, threads, send } = await rig(t, ALWAYS_BUSY)
  const call = assert.rejects(send(), TransportFault)
  await transport.close()
  await call
  await immediate()
  await immediate()
  await assert.rejects(send(), { kind: "aborted", code: "closed" })
  assert.equal(threads.length, 0)
})

after(() => started.close())
