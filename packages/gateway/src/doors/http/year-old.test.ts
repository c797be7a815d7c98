// A database that has been in use for a long time. The start of this version upgrades it.
import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { startGateway } from "../../app/main.ts"
import { MIGRATIONS as SHARED } from "../../store/postgres/migrations/all.ts"
import { stepsAfter } from "../../store/sqlite/migrations/all.ts"
import { request } from "./testing/start-gateway.ts"
import { GROW } from "./testing/kept/grow.ts"
import { RESTORE } from "./testing/kept/restore.ts"

const MESSAGES = 20_000
/** Migrations after the first release. */
const STEPS = {
  SQLite: stepsAfter(18),
  PostgreSQL: Object.keys(SHARED).slice(9),
} as const

suite("a database of a year", () => {
  for (const store of ["SQLite", "PostgreSQL"] as const)
    // proves 30.year: a year-old database, its progress
    test(`30.year: on ${store} the log names each step in its order before the gateway is ready, and all messages are there`, async () => {
      await using kept = await RESTORE[store]("0.1.0")
      await GROW[store](kept.url, { messages: MESSAGES, days: 360 })
      const lines: Line[] = []
      await using gateway = await startGateway({
        environment: {
          WECOM_PUSH_DATABASE_URL: kept.url,
          WECOM_PUSH_ADMIN_KEY: kept.told.adminKey,
          WECOM_PUSH_MASTER_KEY: kept.told.masterKey,
          WECOM_PUSH_RETENTION_DAYS: "400",
        },
        port: 0,
        baseUrl: "http://127.0.0.1:9",
        logTo: { write: (line) => void lines.push(JSON.parse(line) as Line) },
      })
      assert.equal((await request(`${gateway.url}/readyz`)).status, 200)
      const steps = STEPS[store]
      const at = lines.flatMap(({ msg, step, number, of }) =>
        msg === "the database is being upgraded" ? [`${step} ${number}/${of}`] : [],
      )
      // A slow step logs several lines.
      assert.deepEqual(
        [...new Set(at)],
        steps.map((step, n) => `${step} ${n + 1}/${steps.length}`),
      )
      const order = ["the database is being upgraded", "the database is up to date", "gateway started"]
      assert.deepEqual([...new Set(lines.map(({ msg }) => msg).filter((msg) => order.includes(msg)))], order)
      const upTo = lines.find(({ msg }) => msg === "the database is up to date")
      assert.equal(Number(upTo?.to) - Number(upTo?.from), steps.length)

      const headers = { authorization: `Bearer ${kept.told.adminKey}` }
      for (const n of [1, MESSAGES / 2, MESSAGES]) {
        const answer = await fetch(`${gateway.url}/v1/messages/msg_year-old-${100_000_000 + n}`, { headers })
        assert.equal(answer.status, 200, `message ${n}`)
        assert.equal(((await answer.json()) as { readonly state: string }).state, "sent")
      }
    })
})

interface Line {
  readonly msg: string
  readonly step?: string
  readonly number?: number
  readonly of?: number
  readonly from?: number
  readonly to?: number
}
