import assert from "node:assert/strict"
import { after, test } from "node:test"
import type { TestContext } from "node:test"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { Worker } from "node:worker_threads"
import { TransportFault } from "@wecom-push/sdk"
import type { ProxySettings, Transport, TransportResponse } from "@wecom-push/sdk"
import { byteTransportContract } from "../../../sdk/src/testing/byte-transport-contract.ts"
import { httpAnswer, startRawServer } from "../../../sdk/src/testing/raw-server.ts"
import { transportContract } from "../../../sdk/src/testing/transport-contract.ts"
import { CrowdTransport } from "./crowd-transport.ts"

/** Whatever may go by the thread does. */
const ALWAYS = { from: 1, lullMs: 0 }

/** With its thread started: that takes a good part of the deadlines that the contract sets. */
const started = await startedTransport()

transportContract("crowd", { open, knowsPhase: true })
byteTransportContract("crowd", { open, knowsPhase: true })

async function startedTransport(): Promise<CrowdTransport> {
  const transport = new CrowdTransport(undefined, ALWAYS)
  await using server = await startRawServer({ onRequest: (socket) => socket.write(httpAnswer("{}")) })
  const url = new URL(`http://127.0.0.1:${server.port}`)
  await transport.request({ method: "POST", url, headers: {}, body: "", signal: AbortSignal.timeout(20_000) })
  return transport
}

function open(proxy?: ProxySettings): Transport {
  const own = new CrowdTransport(proxy, ALWAYS)
  return {
    // What a test trusts or sets is known to a thread that starts after that.
    request: (request) => (request.url.protocol === "http:" && proxy === undefined ? started : own).request(request),
    download: (request) => own.download(request),
    close: () => own.close(),
  }
}

interface Rig {
  readonly transport: CrowdTransport
  /** Threads that were started since. */
  readonly threads: Worker[]
  readonly held: (() => void)[]
  readonly send: (body?: string) => Promise<TransportResponse>
}

/** A server that answers when told to. */
async function rig(t: TestContext, crowd = { from: 3, lullMs: 0 }): Promise<Rig> {
  const held: (() => void)[] = []
  const server = await startRawServer({ onRequest: (socket) => held.push(() => socket.write(httpAnswer("{}"))) })
  const transport = new CrowdTransport(undefined, crowd)
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
  return { transport, threads, held, send }
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
  const { threads, held, send } = await rig(t)
  const answerAll = async (calls: readonly Promise<unknown>[]): Promise<void> => {
    await until(() => held.length === calls.length)
    for (const answer of held.splice(0)) answer()
    await Promise.all(calls)
  }
  await answerAll([send(), send(), send(), send()])
  assert.equal(threads.length, 1)
  await threads[0]?.terminate()
  await answerAll([send(), send()])
  assert.equal(threads.length, 1, "only two at a time need none")
  await answerAll([send(), send(), send()])
  assert.equal(threads.length, 2)

  const waves = await rig(t, { from: 3, lullMs: 20_000 })
  const wave = async (size: number): Promise<void> => {
    const calls = Array.from({ length: size }, () => waves.send())
    await until(() => waves.held.length === size)
    for (const answer of waves.held.splice(0)) answer()
    await Promise.all(calls)
  }
  await wave(2)
  assert.equal(waves.threads.length, 0)
  await wave(3)
  await waves.threads[0]?.terminate()
  await wave(1)
  assert.equal(waves.threads.length, 2)
})

test("a call whose thread has ended may have arrived", async (t) => {
  const { threads, held, send } = await rig(t, ALWAYS)
  const call = send()
  await until(() => held.length === 1)
  const [fault] = await Promise.all([call.catch((error: unknown) => error), threads[0]?.terminate()])
  assert.ok(fault instanceof TransportFault)
  assert.deepEqual([fault.kind, fault.mayHaveArrived, fault.code], ["reset", true, "THREAD_ENDED"])
  const next = send()
  await until(() => held.length === 2)
  held[1]?.()
  assert.equal((await next).status, 200)
})

test("whoever still waits when it is closed is told", async (t) => {
  const { transport, held, send } = await rig(t, ALWAYS)
  const call = assert.rejects(send(), TransportFault)
  await until(() => held.length === 1)
  await transport.close()
  await call
})

test("what was not given to a thread when it is closed never goes out, and starts none", async (t) => {
  const { transport, threads, send } = await rig(t, ALWAYS)
  const call = assert.rejects(send(), TransportFault)
  await transport.close()
  await call
  await nextTurn()
  await nextTurn()
  await assert.rejects(send(), { kind: "aborted", code: "closed" })
  assert.equal(threads.length, 0)
})

after(() => started.close())
