import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { sql } from "kysely"
import { StartRefusal } from "../../model/start-refusal.ts"
import { migrateSafely } from "../../store/postgres/migrate.ts"
import { MIGRATIONS } from "../../store/postgres/migrations/all.ts"
import type { SharedMigration } from "../../store/postgres/migrations/all.ts"
import { startSeveral } from "./testing/start-several.ts"

/** A migration as the next version may have it. */
const ADDS: SharedMigration = {
  async up(db) {
    await sql`alter table wecom_push.messages add column of_next jsonb not null default '{}'`.execute(db)
    await sql`alter table wecom_push.calls add column of_next text`.execute(db)
    await sql`create table wecom_push.of_next (id bigint primary key)`.execute(db)
    await sql`create index messages_of_next on wecom_push.messages (of_next)`.execute(db)
  },
}

const ADDS_MORE: SharedMigration = {
  up: async (db) => void (await sql`alter table wecom_push.messages add column of_second text`.execute(db)),
}

const TAKES_AWAY: SharedMigration = {
  endsOlder: true,
  up: async (db) => void (await sql`drop table wecom_push.of_next`.execute(db)),
}

// proves 29.next: two versions together
test("29.next: a gateway continues beside tables of the next version that only add something, and starts again after a kill", async () => {
  await using several = await startSeveral(1)
  const post = async (gateway: number, content: string): Promise<string> => {
    const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content } }
    const answer = await several.request(gateway, "/v1/messages", { body })
    assert.equal(answer.status, 202, answer.text)
    return String(answer.json.id)
  }
  await migrateSafely(several.url, { migrations: { ...MIGRATIONS, "9999-next": ADDS } })
  await several.until(0, await post(0, "beside"), "sent")
  await several.fault({ path: "message/send", kind: "slow", delay_ms: 300, times: 1 })
  const underWay = await post(0, "under way")
  await several.gateways[0]?.stop(0)
  await several.start()
  await several.until(1, underWay, "sent")
  await several.until(1, await post(1, "after"), "sent")
  assert.equal((await several.request(1, "/readyz")).status, 200)

  await migrateSafely(several.url, { migrations: { ...MIGRATIONS, "9999-next": ADDS, "9999-other": TAKES_AWAY } })
  await assert.rejects(several.start(), { name: "StartRefusal", code: "newer_schema" })
})

// proves 30.bad-up: a node of two versions back
test("30.bad: a gateway of two versions back is served where both versions only added something, and is refused once one of them took something away", async () => {
  await using several = await startSeveral(1)
  const next = { ...MIGRATIONS, "9998-next": ADDS }
  await migrateSafely(several.url, { migrations: { ...next, "9999-second": ADDS_MORE } })
  // The gateway works on beside the new tables, and can start again.
  await several.start()
  for (const gateway of [0, 1]) {
    const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: `by ${gateway}` } }
    const answer = await several.request(gateway, "/v1/messages", { body })
    assert.equal(answer.status, 202, answer.text)
    await several.until(gateway, String(answer.json.id), "sent")
  }

  // An addition in the last release does not make up for a removal in the release before it.
  await using other = await startSeveral(1)
  await migrateSafely(other.url, { migrations: { ...next, "9999-a": TAKES_AWAY, "9999-b": ADDS_MORE } })
  await assert.rejects(other.start(), (error) => {
    assert.ok(error instanceof StartRefusal)
    assert.equal(error.code, "newer_schema")
    const [made, known] = [Object.keys(MIGRATIONS).length + 3, Object.keys(MIGRATIONS).length]
    for (const sentence of [error.sentence("en"), error.sentence("zh")]) {
      assert.match(sentence, new RegExp(`${made}\\D+${known}\\D`))
    }
    return true
  })
})

// proves 29.next: two versions together
test("29.next: a migration that takes something away, or asks for what older gateways do not write, says that they end", () => {
  const folder = new URL("../../store/postgres/migrations/", import.meta.url)
  for (const file of readdirSync(folder).filter((name) => name !== "all.ts")) {
    const ends = /\b(?:drop (?:column|table|function)|rename (?:to|column)|set not null)\b/i
    const name = file.replace(/\.ts$/, "")
    // The index then has another name, which no statement shows.
    const text = readFileSync(new URL(file, folder), "utf8").replaceAll(/alter index [^"`]*/g, "")
    if (ends.test(text)) assert.equal(MIGRATIONS[name]?.endsOlder, true, name)
  }
})
