import assert from "node:assert/strict"
import { test } from "node:test"
import fastify from "fastify"
import { createCallbackHandler } from "./node-handler.ts"
import { isToldShortly, listenFor } from "./testing/body-read.ts"
import { deliver } from "./testing/deliver.ts"

test("behind Fastify's parsers the developer is warned, in Chinese too; in a scope that leaves the body alone it is taken", async (t) => {
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
