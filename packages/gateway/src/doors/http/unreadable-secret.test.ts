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
    assert.deepEqual([refused.status, refused.json.errors[0].path], [422, "/secret"], refused.text)
    assert.match(refused.json.detail, /damaged; give \/secret with this change/)
    assert.equal((await patch({ secret: "sim-secret-alerts" })).status, 200)
    await several.until(0, waiting, "sent")
  })
}

for (const store of STORES) {
  test(`${store}: a smart robot whose stored secret is damaged needs bot_id and secret, of which neither is known`, async () => {
    await using several = await startOn(store)
    const bot = { bot_id: "sim-bot", secret: "sim-bot-secret" }
    const made = await several.request(0, "/v1/apps", { body: { name: "bot", kind: "bot", ...bot } })
    assert.equal(made.status, 201, made.text)
    await damage(several.url, "bot")
    const patch = (body: object) => several.request(0, "/v1/apps/bot", { method: "PATCH", body })
    for (const [given, missing] of [
      [{ secret: bot.secret }, "/bot_id"],
      [{ bot_id: bot.bot_id }, "/secret"],
    ] as const) {
      const { status, json, text } = await patch(given)
      assert.deepEqual([status, json.errors.map(({ path }: { path: string }) => path)], [422, [missing]], text)
    }
    assert.equal((await patch(bot)).status, 200)
    const body = aMessage({
      app: "bot",
      to: { users: ["zhangsan"] },
      msgtype: "markdown",
      markdown: { content: "**hi**" },
    })
    delete body["text"]
    const sent = await several.request(0, "/v1/messages", { body })
    assert.equal(sent.status, 202, sent.text)
    await several.until(0, sent.json.id, "sent")
  })
}

async function damage(url: string, app = "alerts"): Promise<void> {
  if (url.startsWith("sqlite:")) {
    using database = new DatabaseSync(url.slice("sqlite:".length))
    database.exec("pragma busy_timeout = 5000")
    database.prepare("update apps set secrets = 'damaged' where name = ?").run(app)
    return
  }
  const database = connect({ url, maxConnections: 1, onLost: () => {} })
  await sql`update wecom_push.apps set secrets = 'damaged' where name = ${app}`.execute(database)
  await database.destroy()
}
