// The callback handler behind Express's body parsers, some of which leave the body unchanged.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import express from "express"
import { createCallbackHandler } from "../../packages/sdk/src/callback/node-handler.ts"
import { APP } from "../../packages/sdk/src/callback/testing/app-settings.ts"
import { isToldShortly, listenFor } from "../../packages/sdk/src/callback/testing/body-read.ts"
import { deliver } from "../../packages/sdk/src/callback/testing/deliver.ts"

const ANY = { type: "*/*" }

/** Parsers that leave the body unchanged. */
const KEPT = {
  "none at all": [],
  "express.text": [express.text(ANY)],
  "express.raw": [express.raw(ANY)],
  "express.json, which leaves XML alone": [express.json(), express.urlencoded({ extended: true })],
}

for (const [name, parsers] of Object.entries(KEPT)) {
  test(`behind ${name} a delivery is taken`, { timeout: 20_000 }, async () => {
    const told: string[] = []
    const handler = createCallbackHandler({ ...APP, onEvent: ({ kind }) => void told.push(kind) })
    await using server = await listening(createServer(express().use(...([...parsers, pass] as const), handler)))
    const answer = await deliver(server.url)
    assert.deepEqual([answer.status, await answer.text()], [200, ""])
    while (told.length === 0) await new Promise(setImmediate)
    assert.equal((await deliver(server.url, { token: "another" })).status, 403)
  })
}

test("what express.text read is held to maxBodyBytes too", { timeout: 20_000 }, async () => {
  const handler = createCallbackHandler({ ...APP, maxBodyBytes: 100 })
  await using server = await listening(createServer(express().use(express.text(ANY), handler)))
  assert.equal((await deliver(server.url)).status, 413)
})

// proves C19: clients that leave
test("behind a parser that changed the body the developer gets one warning, and the caller 500", async (t) => {
  const { options, warnings, refusals } = listenFor(t)
  const handler = createCallbackHandler(options)
  await using server = await listening(createServer(express().use(express.text(ANY), asObject, handler)))
  for (let n = 0; n < 3; n++) await isToldShortly(await deliver(server.url))
  assert.deepEqual(refusals, ["body_read", "body_read", "body_read"])
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? "", /express\.json\(\).*express\.text/)
  assert.equal((await fetch(server.url, { method: "POST", body: "x" })).status, 400, "no query: refused as ever")
})

const asObject: express.RequestHandler = (request, _response, next) => {
  request.body = { xml: String(request.body) }
  next()
}

function pass(_request: unknown, _response: unknown, next: () => void): void {
  next()
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly url: string }> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
