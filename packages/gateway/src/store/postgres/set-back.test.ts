import assert from "node:assert/strict"
import { test } from "node:test"
import { Client } from "pg"
import { acceptAll, HOUR_MS } from "../testing/build.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { SetClock } from "./testing/set-clock.ts"
import { testConnection } from "./testing/test-connection.ts"

// proves 29.badday: clocks set by days
test("29.badday: what follows a clock that was set back ends, however fast messages come meanwhile", async (t) => {
  await using database = await newDatabase()
  const opened = await openNode(database.url)
  await using _ = opened.stores
  const { outbox } = opened.stores
  const start = Date.now()
  const clock = await SetClock.stop(database.url, start)
  await acceptAll(outbox, ["msg_1", "msg_2"], { acceptedAt: start, expiresAt: start + HOUR_MS, clockSetMs: 0 })
  const admin = testConnection({ connectionString: database.url, max: 1 })
  const by = -2 * HOUR_MS
  await clock.set(start + by)
  let pages = 0
  // oxlint-disable-next-line typescript/unbound-method -- it is called with a client
  const { query } = Client.prototype
  const coming = t.mock.method(Client.prototype, "query", async function (this: Client, ...given: unknown[]) {
    const [statement] = given
    if (typeof statement === "string" && statement.includes("order by expires_at, seq limit")) {
      pages++
      // Behind all others.
      await Reflect.apply(query, this, [
        `insert into wecom_push.messages (id, app, state, priority, due_at, accepted_at, send_at, expires_at,
          recipients, chunk_count, counts, key_id, msgtype, parts, clock_set, expiry_moves)
        select 'meanwhile_${pages}', app, 'open', 1, ${start + by}, ${start + by}, ${start + by},
          ${start + HOUR_MS + pages}, 1, 1, counts, key_id, msgtype, parts, ${by}, true
        from wecom_push.messages where id = 'msg_1' and ${pages} <= ${MOST_PAGES}`,
      ])
    }
    return Reflect.apply(query, this, given)
  })
  await outbox.clockJumped({ id: "jump_1", by, at: start + by, setByMs: by })
  coming.mock.restore()
  assert.ok(pages > 0 && pages < MOST_PAGES, `${pages} pages`)
  const { rows } = await admin.query(
    "select from wecom_push.messages where id in ('msg_1', 'msg_2') and due_at <= $1",
    [start + by],
  )
  assert.equal(rows.length, 2)
  await admin.end()
})

/** Each page of two looks, one that moves lifetimes and one that makes due, would find one more. */
const MOST_PAGES = 40
