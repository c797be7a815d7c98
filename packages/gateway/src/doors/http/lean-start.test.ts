import assert from "node:assert/strict"
import { createRequire } from "node:module"
import { test } from "node:test"
import { startGateway } from "../../app/main.ts"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { ADMIN_KEY, request } from "./testing/start-gateway.ts"

test("a start loads none of Fastify's own compilers: requests are checked and answers written by ours", async () => {
  using folder = new TemporaryFolder()
  await using gateway = await startGateway({
    environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY },
    port: 0,
    databaseFile: folder.file(),
    logTo: { write: () => undefined },
  })
  const refused = await request(`${gateway.url}/v1/messages?limit=none`)
  assert.equal(refused.json.errors[0].path, "limit")
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  assert.ok(loaded.some((file) => file.includes("/node_modules/fastify/")))
  assert.deepEqual(
    loaded.filter((file) => /[/]node_modules[/](?:ajv|@fastify[/](?:ajv|fast-json-stringify)-compiler)[/]/.test(file)),
    [],
  )
})

test("a start on a file loads nothing of PostgreSQL", async () => {
  using folder = new TemporaryFolder()
  await using _ = await startGateway({
    environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY },
    port: 0,
    databaseFile: folder.file(),
    logTo: { write: () => undefined },
  })
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  // `pg` is loaded as soon as any code of its store is, and it is in a cache that the test can read.
  assert.deepEqual(
    loaded.filter((file) => /[/]node_modules[/]pg/.test(file)),
    [],
  )
})
