import assert from "node:assert/strict"
import { test } from "node:test"
import { Client } from "pg"
import { newDatabase } from "./cluster.ts"
import { commitCutterBefore } from "./commit-cutter.ts"

test("a COMMIT whose reply is lost is done, and other statements are answered", async () => {
  await using database = await newDatabase()
  const direct = new Client({ connectionString: database.url })
  await direct.connect()
  await direct.query("create table kept (number integer)")
  let isCutting = true
  let cut = 0
  await using cutter = await commitCutterBefore(database.url, { cuts: () => isCutting, onCut: () => void cut++ })
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: cutter.url })
    client.on("error", () => undefined)
    await client.connect()
    return client
  }
  const first = await connect()
  await first.query("begin")
  await first.query("insert into kept values (1)")
  await assert.rejects(first.query("commit"))
  assert.equal(cut, 1)
  assert.deepEqual((await direct.query("select number from kept")).rows, [{ number: 1 }])

  isCutting = false
  const second = await connect()
  await second.query("begin")
  await second.query("insert into kept values (2)")
  await second.query("commit")
  await second.end()
  await direct.end()
})
