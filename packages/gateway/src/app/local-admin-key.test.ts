import assert from "node:assert/strict"
import { copyFileSync, existsSync, readdirSync } from "node:fs"
import { test } from "node:test"
import { request, startTestGateway } from "../doors/http/testing/start-gateway.ts"
import { makeAdminKey } from "./local-admin-key.ts"
import { StartRefusal } from "../model/start-refusal.ts"
import { TemporaryFolder, copyAsLeft } from "../store/testing/open-store.ts"

test("a running gateway takes a key that is made beside it at once, and writes down who made it", async () => {
  await using gateway = await startTestGateway()
  const { id, key } = await makeAdminKey({ kind: "sqlite", file: gateway.folder.file() }, Date.now())
  const audit = await request(`${gateway.url}/v1/audit`, { key })
  assert.equal(audit.status, 200)
  assert.equal(audit.json.items[0].action, "key.created")
  assert.equal(audit.json.items[0].target, id)
  assert.equal(audit.json.items[0].actor, "local")
})

test("a key made while no gateway runs is good at the next start", async () => {
  using folder = new TemporaryFolder()
  await (await startTestGateway({ folder })).stop()
  const { key } = await makeAdminKey({ kind: "sqlite", file: folder.file() }, Date.now())
  await using gateway = await startTestGateway({ folder })
  assert.equal((await request(`${gateway.url}/v1/keys`, { key })).status, 200)
})

test("after a gateway was cut off, making a key loses nothing of its log and the next start continues", async () => {
  using folder = new TemporaryFolder()
  using left = new TemporaryFolder()
  await using first = await startTestGateway({ folder })
  const accepted = await first.request("/v1/messages", {
    body: { to: { users: ["lisi"] }, msgtype: "text", text: { content: "x" } },
  })
  copyAsLeft(folder.file(), left.file())
  copyFileSync(`${folder.file()}.key`, `${left.file()}.key`)
  await first.stop()
  assert.ok(existsSync(`${left.file()}-wal`))
  await makeAdminKey({ kind: "sqlite", file: left.file() }, Date.now())
  await using second = await startTestGateway({ folder: left })
  assert.equal((await second.request(`/v1/messages/${accepted.json.id}`)).status, 200)
})

test("what is no database of ours gets no key", async () => {
  using folder = new TemporaryFolder()
  await assert.rejects(
    makeAdminKey({ kind: "sqlite", file: folder.file() }, 0),
    (error: unknown) => error instanceof StartRefusal,
  )
  assert.deepEqual(readdirSync(folder.path), [])
  await assert.rejects(
    makeAdminKey({ kind: "sqlite", file: "/nowhere/at/all.db" }, 0),
    (error: unknown) => error instanceof StartRefusal,
  )
})
