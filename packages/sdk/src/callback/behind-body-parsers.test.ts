import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import type { TestContext } from "node:test"
import express from "express"
import fastify from "fastify"
import { createCallbackHandler } from "./node-handler.ts"
import type { CallbackOptions } from "./options.ts"
import { APP, deliveryOf, innerXml } from "./testing/app-settings.ts"

const ANY = { type: "*/*" }

/** Parsers that leave the body as it came. */
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

test("behind a parser that made something else of the body the developer is told, once by a warning, and the caller 500", async (t) => {
  const { options, warnings, refusals } = listenFor(t)
  const handler = createCallbackHandler(options)
  await using server = await listening(createServer(express().use(express.text(ANY), asObject, handler)))
  for (let n = 0; n < 3; n++) await isToldShortly(await deliver(server.url))
  assert.deepEqual(refusals, ["body_read", "body_read", "body_read"])
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? "", /express\.json\(\).*express\.text/)
  assert.equal((await fetch(server.url, { method: "POST", body: "x" })).status, 400, "no query: refused as ever")
})

test("behind Fastify's parsers likewise, in Chinese too; in a scope that leaves the body alone it is taken", async (t) => {
  const { options, warnings, refusals } = listenFor(t)
  const handler = createCallbackHandler({ ...options, language: "zh" })
  const app = fastify({ forceCloseConnections: true })
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body))
  app.all("/", (request, reply) => {
    reply.hijack()
    handler(request.raw, reply.raw)
  })
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null))
    scope.all("/wecom", (request, reply) => {
      reply.hijack()
      handler(request.raw, reply.raw)
    })
  })
  const url = await app.listen({ port: 0, host: "127.0.0.1" })
  try {
    await isToldShortly(await deliver(`${url}/`))
    assert.deepEqual(refusals, ["body_read"])
    assert.match(warnings[0] ?? "", /请求体.*Fastify/)
    assert.equal((await deliver(`${url}/wecom`)).status, 200)
  } finally {
    await app.close()
  }
})

const asObject: express.RequestHandler = (request, _response, next) => {
  request.body = { xml: String(request.body) }
  next()
}

function pass(_request: unknown, _response: unknown, next: () => void): void {
  next()
}

async function isToldShortly(answer: Response): Promise<void> {
  assert.equal(answer.status, 500)
  const text = await answer.text()
  assert.ok(text.includes("body parser") && text.length < 200, text)
}

function listenFor(t: TestContext): { options: CallbackOptions; warnings: string[]; refusals: string[] } {
  const warnings: string[] = []
  const refusals: string[] = []
  t.mock.method(process, "emitWarning", (message: string) => void warnings.push(message))
  return { options: { ...APP, onRefused: ({ reason }) => void refusals.push(reason) }, warnings, refusals }
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

function deliver(url: string, changes: { readonly token?: string } = {}): Promise<Response> {
  const timestamp = Math.floor(Date.now() / 1000)
  const { query, body } = deliveryOf(innerXml("<MsgType>text</MsgType>"), { timestamp, ...changes })
  const headers = { "content-type": "text/xml" }
  return fetch(`${url}?${new URLSearchParams(query).toString()}`, { method: "POST", headers, body })
}
