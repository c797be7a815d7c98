import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { openAsBlob } from "node:fs"
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { suite, test } from "node:test"
import type { TestContext } from "node:test"
import { TransportFault } from "../transport.ts"
import { DOWNLOAD_SOCKETS } from "../transport/socket-limits.ts"
import type { TransportFaultKind, TransportRequest } from "../transport.ts"
import { closedPort, httpAnswer, startRawServer } from "./raw-server.ts"
import type { RawServerOptions } from "./raw-server.ts"
import type { TransportUnderTest } from "./transport-contract.ts"

const MEGABYTE = 1024 * 1024

/** Rules for every transport, for files that are sent and bytes that are received. */
export function byteTransportContract(name: string, { open, knowsPhase }: TransportUnderTest): void {
  suite(`${name} transport, bytes`, () => {
    test("a blob goes out byte for byte with its length sent before", async (t) => {
      const { origin, seen } = await hashing(t)
      const bytes = randomBytes(3 * MEGABYTE)
      const body = new Blob(["head", bytes, "tail"])
      const answer = await transport(t).request(aRequest(origin, { body, headers: { "content-type": "text/x-blob" } }))
      assert.equal(answer.body, "{}")
      assert.deepEqual(seen, [
        {
          sha256: createHash("sha256").update("head").update(bytes).update("tail").digest("hex"),
          length: String(body.size),
          type: "text/x-blob",
          encoding: undefined,
        },
      ])
    })

    test("a blob of a file goes out a second time as it did the first", async (t) => {
      const { origin, seen } = await hashing(t)
      const file = await aFile(t, randomBytes(MEGABYTE))
      const body = new Blob(["head", await openAsBlob(file)])
      const carrier = transport(t)
      for (let time = 0; time < 2; time++) await carrier.request(aRequest(origin, { body }))
      assert.equal(seen.length, 2)
      assert.deepEqual(seen[0], seen[1])
    })

    if (knowsPhase) {
      test("each piece of a blob is shown as it goes out, with how much that makes", async (t) => {
        const { origin } = await hashing(t)
        const bytes = randomBytes(MEGABYTE)
        const shown: Uint8Array[] = []
        let total = 0
        const onSent = (chunk: Uint8Array, sentBytes: number): void => {
          shown.push(chunk)
          total += chunk.byteLength
          assert.equal(sentBytes, total)
        }
        const body = await openAsBlob(await aFile(t, bytes))
        await transport(t).request(aRequest(origin, { body, onSent }))
        assert.ok(shown.length > 3, `shown ${shown.length} times`)
        assert.deepEqual(Buffer.concat(shown), bytes)
      })
    }

    test("a file that changes under the request is a fault of the body, and nothing has arrived", async (t) => {
      const { origin, seen } = await hashing(t)
      const file = await aFile(t, randomBytes(MEGABYTE))
      const body = new Blob([randomBytes(MEGABYTE), await openAsBlob(file)])
      await appendFile(file, "more")
      const fault = await faultOf(transport(t).request(aRequest(origin, { body })))
      assert.deepEqual([fault.kind, fault.mayHaveArrived], ["body", false])
      assert.deepEqual(seen, [])
    })

    test("a connection that is cut under a blob is a reset, and may have arrived", async (t) => {
      const { origin } = await raw(t, {
        onConnection: (socket) => socket.once("data", () => setTimeout(() => socket.resetAndDestroy(), 20)),
      })
      const body = new Blob([new Uint8Array(30 * MEGABYTE)])
      const fault = await faultOf(transport(t).request(aRequest(origin, { body })))
      assert.deepEqual([fault.kind, fault.mayHaveArrived], ["reset", true])
    })

    test("an abort ends the sending of a blob", async (t) => {
      const { origin } = await raw(t, { onConnection: (socket) => socket.pause() })
      const body = new Blob([new Uint8Array(30 * MEGABYTE)])
      const { signal, abort } = abortable()
      const onConnected = (): void => void setTimeout(abort, 100)
      const fault = await faultOf(transport(t).request(aRequest(origin, { body, onConnected, signal })))
      assert.deepEqual([fault.kind, fault.mayHaveArrived], ["timeout", true])
    })

    test("a download gives status, headers and every byte, as they are", async (t) => {
      const bytes = randomBytes(3 * MEGABYTE)
      const { origin } = await serving(t, (_request, response) => {
        const name = Buffer.from('attachment; filename="报告.pdf"').toString("latin1")
        response.writeHead(206, { "Content-Type": "application/pdf", "Content-Disposition": name, "X-Two": "1" })
        response.end(bytes)
      })
      const { status, headers, body } = await transport(t).download(aRequest(origin))
      assert.deepEqual([status, headers["content-type"], headers["x-two"]], [206, "application/pdf", "1"])
      const disposition = Buffer.from(headers["content-disposition"] ?? "", "latin1").toString()
      assert.equal(disposition, 'attachment; filename="报告.pdf"')
      assert.deepEqual(Buffer.from(await new Response(body).arrayBuffer()), bytes)
    })

    test("a download that breaks off errors where it breaks", async (t) => {
      const half = httpAnswer("x".repeat(1000)).slice(0, -500)
      const { origin } = await raw(t, { onRequest: (socket) => socket.end(half) })
      const { body } = await transport(t).download(aRequest(origin))
      assert.equal((await faultOf(new Response(body).text())).kind, "cut")
    })

    test("an unread download waits, and one that is cancelled frees its connection", async (t) => {
      let sentBytes = 0
      let closed: Promise<unknown> | undefined
      const { origin } = await serving(t, (_request, response) => {
        closed = once(response, "close")
        const pour = (): void => {
          for (let more = true; more && !response.destroyed;) {
            sentBytes += 65_536
            more = response.write(new Uint8Array(65_536))
          }
        }
        response.on("drain", pour)
        pour()
      })
      const { body } = await transport(t).download(aRequest(origin))
      const reader = body.getReader()
      await reader.read()
      await new Promise((resolve) => setTimeout(resolve, 100))
      // Bytes on the way are in buffers of both ends; without a limit they would be gigabytes.
      assert.ok(sentBytes < 30 * MEGABYTE, `${sentBytes} bytes were taken`)
      await reader.cancel()
      await closed
    })

    // proves 11.S15: downloads that are not read
    test("150 unread downloads leave requests their connections, and end with the transport", async (t) => {
      const taken = new Set<unknown>()
      const { origin } = await serving(t, (request, response) => {
        if (request.method === "POST") response.end("{}")
        else response.write(new Uint8Array(65_536), () => taken.add(request.socket))
      })
      const opened = open()
      const downloads = Array.from({ length: 150 }, () => opened.download(aRequest(origin)))
      for (const download of downloads) download.catch(() => undefined)
      while (taken.size < (knowsPhase ? DOWNLOAD_SOCKETS : 150)) await new Promise((resolve) => setTimeout(resolve, 5))
      const answer = await opened.request(aRequest(origin, { body: "{}", signal: AbortSignal.timeout(20_000) }))
      assert.equal(answer.body, "{}")
      if (!knowsPhase) return
      assert.equal(taken.size, DOWNLOAD_SOCKETS)
      await opened.close()
      const ends = await Promise.allSettled(downloads)
      const begun = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []))
      assert.deepEqual([begun.length, taken.size], [DOWNLOAD_SOCKETS, DOWNLOAD_SOCKETS])
      for (const { body } of begun) await faultOf(new Response(body).text())
    })

    test("an abort ends a download at any time", async (t) => {
      const { origin } = await serving(t, (_request, response) => response.write("begin"))
      const controller = new AbortController()
      const { body } = await transport(t).download(aRequest(origin, { signal: controller.signal }))
      const reader = body.getReader()
      await reader.read()
      controller.abort()
      assert.equal((await faultOf(reader.read())).kind, "aborted")
    })

    test("a download without a connection fails like any other request", async (t) => {
      const port = await closedPort()
      const fault = await faultOf(transport(t).download(aRequest(`http://127.0.0.1:${port}`)))
      assert.deepEqual([fault.kind, fault.mayHaveArrived], ["refused", false] satisfies [TransportFaultKind, boolean])
      const spent = transport(t).download(aRequest(`http://127.0.0.1:${port}`, { signal: AbortSignal.abort() }))
      assert.deepEqual([(await faultOf(spent)).kind], ["aborted"])
    })
  })

  function transport(t: TestContext) {
    const opened = open()
    t.after(() => opened.close())
    return opened
  }
}

interface SeenBody {
  readonly sha256: string
  readonly length: string | undefined
  readonly type: string | undefined
  readonly encoding: string | undefined
}

/** A server that remembers what whole bodies were like. */
async function hashing(t: TestContext): Promise<{ origin: string; seen: SeenBody[] }> {
  const seen: SeenBody[] = []
  const { origin } = await serving(t, (request, response) => {
    const digest = createHash("sha256")
    request.on("data", (chunk: Buffer) => digest.update(chunk))
    request.on("end", () => {
      const { "content-length": length, "content-type": type, "transfer-encoding": encoding } = request.headers
      seen.push({ sha256: digest.digest("hex"), length, type, encoding })
      response.end("{}")
    })
  })
  return { origin, seen }
}

async function serving(t: TestContext, listener: RequestListener): Promise<{ origin: string }> {
  const server = createServer(listener)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function raw(t: TestContext, options: RawServerOptions): Promise<{ origin: string }> {
  const server = await startRawServer(options)
  t.after(() => server[Symbol.asyncDispose]())
  return { origin: `http://127.0.0.1:${server.port}` }
}

async function aFile(t: TestContext, bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bytes-"))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, "file.bin")
  await writeFile(path, bytes)
  return path
}

function aRequest(origin: string, changes: Partial<TransportRequest> = {}): TransportRequest {
  const method = changes.body === undefined ? "GET" : "POST"
  return { method, url: new URL("/path", origin), headers: {}, signal: AbortSignal.timeout(20_000), ...changes }
}

function abortable() {
  const controller = new AbortController()
  const { signal } = controller
  return { signal, abort: () => controller.abort(new DOMException("time is up", "TimeoutError")) }
}

async function faultOf(request: Promise<unknown>): Promise<TransportFault> {
  const fault = await request.then(
    () => assert.fail("it went well"),
    (error: unknown) => error,
  )
  assert.ok(fault instanceof TransportFault, String(fault))
  return fault
}
