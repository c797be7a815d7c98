import assert from "node:assert/strict"
import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
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

test("no key is created for a database that has lost its own", async () => {
  using folder = new TemporaryFolder()
  await (await startTestGateway({ folder })).stop()
  rmSync(`${folder.file()}.key`)
  const before = readdirSync(folder.path)
  assert.throws(() => masterKeyBeside(folder.file()), { code: "wrong_master_key" })
  assert.deepEqual(readdirSync(folder.path), before)
})

test("a file of another program is not said to have lost a key, and nothing is written beside it", () => {
  using folder = new TemporaryFolder()
  const text = join(folder.path, "notes.txt")
  writeFileSync(text, "not a database")
  const database = join(folder.path, "what #1? 100%.db")
  using other = new DatabaseSync(database)
  other.exec("pragma journal_mode = wal; create table songs (title)")
  other.close()
  for (const file of [text, database]) assert.throws(() => masterKeyBeside(file), { code: "not_a_database" }, file)
  assert.deepEqual(readdirSync(folder.path).toSorted(), ["notes.txt", "what #1? 100%.db"])
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
