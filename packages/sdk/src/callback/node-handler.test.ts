import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { connect } from "node:net"
import { test } from "node:test"
import { createCallbackHandler } from "./node-handler.ts"
import type { CallbackOptions } from "./options.ts"
import { APP, deliveryOf, innerXml } from "./testing/app-settings.ts"
import { callbackHandlerContract } from "./testing/handler-contract.ts"
import type { OpenHandler } from "./testing/handler-contract.ts"

async function serve(options: CallbackOptions): Promise<OpenHandler & { readonly port: number }> {
  const server = createServer(createCallbackHandler(options)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    port,
    call: (method, query, body) =>
      fetch(`http://127.0.0.1:${port}/wecom?${new URLSearchParams(query).toString()}`, {
        method,
        ...(body !== undefined && { body }),
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

callbackHandlerContract("node:http", serve)

test("a caller who hangs up in the middle of a body raises nothing", async () => {
  const told: unknown[] = []
  await using app = await serve({
    ...APP,
    onEvent: (event) => void told.push(event),
    onError: (error) => void told.push(error),
  })
  const { query, body } = deliveryOf(innerXml("<MsgType>text</MsgType>"), { timestamp: Math.floor(Date.now() / 1000) })
  const socket = connect(app.port, "127.0.0.1")
  await once(socket, "connect")
  socket.write(
    `POST /?${new URLSearchParams(query).toString()} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 40)}`,
  )
  await new Promise(setImmediate)
  socket.destroy()
  await once(socket, "close")
  assert.equal((await app.call("POST", query, body)).status, 200)
  while (told.length === 0) await new Promise(setImmediate)
  assert.equal(told.length, 1)
})

test("an address with no query, or a strange one, is refused like any other", async () => {
  await using app = await serve(APP)
  for (const target of ["/", "//", "*", "/?", "/??x"]) {
    const socket = connect(app.port, "127.0.0.1")
    socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    let answer = ""
    for await (const chunk of socket) answer += String(chunk)
    assert.match(answer, /^HTTP\/1\.1 400 /, target)
  }
})
