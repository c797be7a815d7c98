import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { connect } from "../../store/postgres/connection.ts"
import { aMessage } from "./testing/start-gateway.ts"
import { startOn, STORES } from "./testing/start-several.ts"

for (const store of STORES) {
  test(`${store}: an app whose stored secret is damaged is listed, keeps no other from sending, and sends again once its secret is given anew`, async () => {
    await using several = await startOn(store)
    const patch = (body: object) => several.request(0, "/v1/apps/alerts", { method: "PATCH", body })
    const post = async (app: string): Promise<string> => {
      const body = aMessage({ app, to: { users: ["lisi"] } })
      const { status, json, text } = await several.request(0, "/v1/messages", { body })
      assert.equal(status, 202, text)
      return json.id
    }
    const hr = { name: "hr", corp_id: several.simulator.org.corp_id, agent_id: 1_000_003, secret: "sim-secret-hr" }
    assert.equal((await several.request(0, "/v1/apps", { body: hr })).status, 201)
    await damage(several.url)
    // The gateways read the app anew.
    const changed = await patch({ settings: { member_per_minute: 29 } })
    assert.deepEqual([changed.status, changed.json.has_callback], [200, false], changed.text)

    const waiting = await post("alerts")
    await several.until(0, await post("hr"), "sent")
    while (!several.logLines.some((line) => line.includes("could not read the stored secret"))) await sleep(20)
    const { json } = await several.request(0, "/v1/apps")
    assert.deepEqual(json.items.map(({ name }: { name: string }) => name).toSorted(), ["alerts", "hr"])
    assert.equal((await several.request(0, `/v1/messages/${waiting}`)).json.state, "queued")

    const refused = await patch({ callback_token: "token", encoding_aes_key: "a".repeat(43) })
    assert.equal(refused.status, 503, refused.text)
    assert.match(refused.json.detail, /stored secret of the app cannot be read, so nothing was changed/)
    assert.equal((await patch({ secret: "sim-secret-alerts" })).status, 200)
    await several.until(0, waiting, "sent")
  })
}

async function damage(url: string): Promise<void> {
  if (url.startsWith("sqlite:")) {
    using database = new DatabaseSync(url.slice("sqlite:".length))
    database.exec("pragma busy_timeout = 5000; update apps set secrets = 'damaged' where name = 'alerts'")
    return
  }
  const database = connect({ url, maxConnections: 1, onLost: () => {} })
  await sql`update wecom_push.apps set secrets = 'damaged' where name = 'alerts'`.execute(database)
  await database.destroy()
}
