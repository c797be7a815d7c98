import assert from "node:assert/strict"
import { test } from "node:test"
import { Client } from "pg"
import { newDatabase } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import type { NewHappening } from "../history.ts"
import { Random } from "../lib/random.ts"
import { CommitCutter } from "./commit-cutter.ts"

/** Says yes each time. */
class Always extends Random {
  override chance(): boolean {
    return true
  }
}

test("a COMMIT whose reply is lost is done, and other statements are answered", async () => {
  await using database = await newDatabase()
  const direct = new Client({ connectionString: database.url })
  await direct.connect()
  await direct.query("create table kept (number integer)")
  const told: NewHappening[] = []
  const host = new URL(database.url.replace("@/", "@x/")).searchParams.get("host")
  await using cutter = await CommitCutter.start({
    socketFile: `${host}/.s.PGSQL.5432`,
    history: { add: (happening) => void told.push(happening) },
    random: new Always("always"),
  })
  const name = new URL(database.url.replace("@/", "@x/")).pathname
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: `postgres://postgres:postgres@127.0.0.1:${cutter.port}${name}` })
    client.on("error", () => undefined)
    await client.connect()
    return client
  }
  const cut = await connect()
  await cut.query("begin")
  await cut.query("insert into kept values (1)")
  await assert.rejects(cut.query("commit"))
  assert.deepEqual(told, [{ kind: "database", fault: "commit_cut", forMs: 0 }])
  assert.deepEqual((await direct.query("select number from kept")).rows, [{ number: 1 }])

  cutter.heal()
  const healed = await connect()
  await healed.query("begin")
  await healed.query("insert into kept values (2)")
  await healed.query("commit")
  await healed.end()
  await direct.end()
})
