import assert from "node:assert/strict"
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { startTestGateway } from "../../doors/http/testing/start-gateway.ts"
import { masterKeyBeside } from "./key-file.ts"
import { StartRefusal } from "../../model/start-refusal.ts"
import { TemporaryFolder } from "../testing/open-store.ts"

// proves row 43: secrets in files
test("a key is created once, readable by its owner alone, and found again", () => {
  using folder = new TemporaryFolder()
  const first = masterKeyBeside(folder.file())
  assert.equal(first.key.length, 32)
  assert.equal(statSync(`${folder.file()}.key`).mode & 0o777, 0o600)
  assert.deepEqual(masterKeyBeside(folder.file()), first)
  chmodSync(`${folder.file()}.key`, 0o644)
  assert.equal(masterKeyBeside(folder.file()).isOpenToOthers, true)
})

test("a key appears whole: the leftovers of a start that died block no other", () => {
  using folder = new TemporaryFolder()
  writeFileSync(`${folder.file()}.key-${process.pid}`, "half a k")
  const { key } = masterKeyBeside(folder.file())
  assert.deepEqual(masterKeyBeside(folder.file()).key, key)
  assert.deepEqual(readdirSync(folder.path), ["gateway.db.key"])
})

test("no key is created for a database that has lost its own", () => {
  using folder = new TemporaryFolder()
  writeFileSync(folder.file(), "a database")
  assert.throws(() => masterKeyBeside(folder.file()), StartRefusal)
  assert.throws(() => readFileSync(`${folder.file()}.key`))
})

test("a file that holds no key is refused", () => {
  using folder = new TemporaryFolder()
  writeFileSync(`${folder.file()}.key`, "not a key")
  assert.throws(() => masterKeyBeside(folder.file()), StartRefusal)
})

// proves row 42: a copy of the database
// proves 3.8: keys and apps
test("row 42: a gateway with another key refuses to start", async () => {
  using folder = new TemporaryFolder()
  await (await startTestGateway({ folder })).stop()
  const environment = { WECOM_PUSH_MASTER_KEY: "ab".repeat(32) }
  await assert.rejects(startTestGateway({ folder, environment }), StartRefusal)
  rmSync(`${folder.file()}.key`)
  await assert.rejects(startTestGateway({ folder }), StartRefusal)
})
