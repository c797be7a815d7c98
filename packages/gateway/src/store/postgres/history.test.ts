import assert from "node:assert/strict"
import { test } from "node:test"
import { NOON } from "../testing/build.ts"
import { newMigratedDatabase } from "./testing/migrated-database.ts"
import { openNode } from "./testing/open-store.ts"
import { testConnection } from "./testing/test-connection.ts"

const added = (ids: string): string => `insert into wecom_push.events (id, at, type, app, data) overriding system value
  select id, ${NOON}, 'app.changed', 'alerts', '{}' from generate_series(${ids}) as id;`

/** A node has read event 10 as the newest one. Then the log is changed in this way. */
for (const [what, change, isLost] of [
  ["older events alone are there", "delete from wecom_push.events where id > 8", true],
  [
    "older events are there, and newer ones of another node",
    `delete from wecom_push.events where id > 8; ${added("33, 34")}`,
    true,
  ],
  ["another event has its number", "update wecom_push.events set app = 'other' where id = 10", true],
  ["there are no events at all", "delete from wecom_push.events", true],
  [
    "it was deleted for its age, behind newer ones",
    `${added("11, 12")} delete from wecom_push.events where id < 12`,
    false,
  ],
  ["older ones were deleted for their age", `delete from wecom_push.events where id < 10; ${added("11, 12")}`, false],
] as const) {
  // proves 29.P9: a standby that lacks the last commits
  test(`P9: whether the database has gone back to an earlier moment: ${what}`, async () => {
    await using database = await newMigratedDatabase()
    const connection = testConnection({ connectionString: database.url })
    await connection.query(added("1, 10"))
    const { stores, historyLost, session } = await openNode(database.url)
    await using _ = stores
    const found = new Promise<"lost" | number>((resolve) => {
      historyLost.addEventListener("abort", () => resolve("lost"), { once: true })
      stores.events.subscribe(({ id }) => resolve(id))
    })
    await connection.query(`begin; ${change}; notify wecom_push, 'events '; commit`)
    assert.equal(await found, isLost ? "lost" : change.includes("< 12") ? 12 : 11)
    assert.equal(session.isHeld, !isLost, "nothing more is begun")
    assert.equal(await stores.events.isStillThere(9), !isLost || change.includes("id = 10"))
    await connection.end()
  })
}

// proves 29.P9: a standby that lacks the last commits
test("P9: events after lost ones are not read as their continuation, though this node has no notice yet", async () => {
  await using database = await newMigratedDatabase()
  const connection = testConnection({ connectionString: database.url })
  await connection.query(added("1, 10"))
  const { stores, historyLost } = await openNode(database.url)
  await using _ = stores
  const lost = JSON.stringify([{ after: 8, from: 1_000_000_008 }])
  await connection.query(`begin; delete from wecom_push.events where id > 8;
    insert into wecom_push.meta (name, value) values ('lost_events', '${lost}');
    ${added("1000000008, 1000000009")} commit`)
  await connection.end()
  for (const apps of ["all", ["alerts"]] as const)
    await assert.rejects(stores.events.since(10, { limit: 10, apps }), { code: "storage_error" }, String(apps))
  assert.equal(historyLost.aborted, true)
})
