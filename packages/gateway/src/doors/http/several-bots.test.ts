import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { BotConnection, systemClock } from "@wecom-push/sdk/internals"
import { shared } from "../../../../../tools/testing/shared.ts"
import { connect } from "../../store/postgres/connection.ts"
import { startSeveral } from "./testing/start-several.ts"

const SECRET = "sim-bot-secret"

// proves 32.bot-postgres: one gateway holds the robots of a database
suite("smart robots of two gateways on one database", () => {
  const started = shared(async (resources) => {
    const several = resources.use(await startSeveral(2))
    const database = resources.adopt(connect({ url: several.url, maxConnections: 1, onLost: () => {} }), (db) =>
      db.destroy(),
    )
    const bot = { name: "assistant", kind: "bot", bot_id: "sim-bot", secret: SECRET }
    const { status, json } = await several.request(0, "/v1/apps", { body: bot })
    assert.equal(status, 201, JSON.stringify(json))
    const post = async (gateway: number, content: string, changes: object = {}): Promise<string> => {
      const message = { app: "assistant", to: { users: ["zhangsan"] }, msgtype: "text", text: { content }, ...changes }
      const { json } = await several.request(gateway, "/v1/messages", { body: message })
      assert.ok(json.id, JSON.stringify(json))
      return json.id
    }
    const connects = async (): Promise<number> => (await several.calls("/aibot_subscribe")).length
    const shown = async (): Promise<string[]> =>
      (await several.phone("zhangsan")).flatMap(({ body }) => body.markdown?.content ?? [])
    return Object.assign(several, { database, post, connects, shown })
  })

  test("what any of them accepts goes out once, by the one connection that they have", async () => {
    const several = started()
    const contents = Array.from({ length: 10 }, (_, n) => `no ${n}`)
    const ids = await Promise.all(contents.map((content, n) => several.post(n % 2, content)))
    for (const [n, id] of ids.entries()) await several.until((n + 1) % 2, id, "sent")
    assert.deepEqual((await several.shown()).toSorted(), contents)
    assert.equal(await several.connects(), 1)
  })

  // proves 32.bot-cards: whichever gateway is asked
  test("a pressed card is changed and conversations are listed, whichever is asked", async () => {
    const several = started()
    const template_card = {
      card_type: "button_interaction",
      task_id: "release",
      main_title: { title: "要发布吗？" },
      button_list: [{ text: "同意", key: "approve" }],
    }
    const face = {
      card_type: "text_notice",
      main_title: { title: "已发布" },
      card_action: { type: 1, url: "https://example.com" },
    }
    for (const gateway of [0, 1]) {
      const card = { msgtype: "template_card", template_card: { ...template_card, task_id: `release-${gateway}` } }
      const id = await several.post(gateway, "", { text: undefined, ...card })
      await several.until(gateway, id, "sent")
      const shown = (await several.phone("zhangsan")).at(-1)
      await several.simulator.click({ userid: "zhangsan", msgid: shown?.["msgid"], key: "approve" })
      let answer = await several.request(gateway, `/v1/messages/${id}/card`, { body: { template_card: face } })
      // Repeats until the press is stored.
      while (answer.status !== 200) {
        assert.equal(answer.json.code, "card_not_updatable")
        await sleep(5)
        answer = await several.request(gateway, `/v1/messages/${id}/card`, { body: { template_card: face } })
      }
      assert.deepEqual(answer.json.calls?.[0]?.result, "updated", JSON.stringify(answer.json))
    }
    assert.equal((await several.calls("/aibot_respond_update_msg")).length, 2)
    several.simulator.say({ userid: "lisi", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
    for (const gateway of [0, 1]) {
      const list = async () => (await several.request(gateway, "/v1/apps/assistant/conversations")).json.items
      while ((await list()).length === 0) await sleep(10)
      assert.deepEqual(
        (await list()).map(({ id }: { id: string }) => id),
        ["lisi"],
      )
    }
  })

  test("a member who never wrote gets it from the app that else names, whichever takes the message", async () => {
    const several = started()
    for (const gateway of [0, 1]) {
      const id = await several.post(gateway, `else ${gateway}`, { else: "alerts", to: { users: ["WangWu"] } })
      await several.until(gateway, id, "sent")
      const { items } = (await several.request(gateway, `/v1/messages/${id}/recipients`)).json
      assert.deepEqual([items[0].state, items[0].app], ["sent", "alerts"])
    }
    assert.deepEqual(
      (await several.phone("WangWu")).map(({ body }) => body.text?.content),
      ["else 0", "else 1"],
    )
  })

  test("what went out by the app that else names is recalled, whichever is asked; removed, its members end at once", async () => {
    const several = started()
    for (const gateway of [0, 1]) {
      const id = await several.post(gateway, `back ${gateway}`, { else: "alerts", to: { users: ["WangWu"] } })
      await several.until(gateway, id, "sent")
      const recall = await several.request(1 - gateway, `/v1/messages/${id}/recall`, { method: "POST" })
      assert.deepEqual(
        recall.json.calls?.map(({ result }: { result: string }) => result),
        ["recalled"],
      )
      await several.until(gateway, id, "recalled")
    }
    const app = { name: "gone", corp_id: several.simulator.org.corp_id, agent_id: 1_000_004, secret: "wrong" }
    assert.equal((await several.request(0, "/v1/apps", { body: app })).status, 201)
    const id = await several.post(0, "gone", { else: "gone", to: { users: ["WangWu"] } })
    while ((await several.request(0, "/v1/apps/gone")).json.pause === null) await sleep(10)
    assert.equal((await several.request(1, "/v1/apps/gone", { method: "DELETE" })).status, 204)
    await several.until(1, id, "failed")
    const { items } = (await several.request(1, `/v1/messages/${id}/recipients`)).json
    assert.deepEqual([items[0].state, items[0].app, items[0].reason], ["failed", "gone", "app_removed"])
  })

  test("what waits is cancelled, whichever is asked", async () => {
    const several = started()
    const later = { send_at: new Date(Date.now() + 3_600_000).toISOString() }
    const waiting = await several.post(0, "cancelled", later)
    assert.equal((await several.request(1, `/v1/messages/${waiting}/cancel`, { method: "POST" })).status, 200)
    await several.until(0, waiting, "cancelled")
    assert.ok(!(await several.shown()).includes("cancelled"))
  })

  // proves 32.bot-postgres: a gateway whose lease is over makes no connection
  test("one that has lost the lease closes its connection and makes no other: the robot is not paused", async () => {
    const several = started()
    const before = await several.connects()
    const holder = await holderOf(several.database)
    // Shows what the other nodes see of the lease when its holder has stopped. Mostly the other node checks first.
    while ((await holderOf(several.database)) === holder) {
      await sql`update wecom_push.robot_lease set until = clock_timestamp() - interval '1 s', node = 0`.execute(
        several.database,
      )
      while ((await holderOf(several.database)) === undefined) await sleep(10)
    }
    while ((await several.connects()) === before) await sleep(10)
    for (const gateway of [0, 1]) await several.until(gateway, await several.post(gateway, "after"), "sent")
    assert.equal(await several.connects(), before + 1)
    assert.equal((await several.request(0, "/v1/apps/assistant")).json.pause, null)
  })

  // proves 32.bot-postgres: another program takes a robot
  test("one that another program takes is paused for all, and both say so", async () => {
    const several = started()
    const url = new URL(`${several.simulator.url.replace("http", "ws")}/_bot`)
    const id = await (async () => {
      using _other = await BotConnection.open({ botId: "sim-bot", secret: SECRET, url, clock: systemClock })
      const id = await several.post(0, "while it is taken")
      for (const gateway of [0, 1]) {
        while ((await several.request(gateway, "/v1/apps/assistant")).json.pause === null) await sleep(20)
        assert.equal((await several.request(gateway, `/v1/messages/${id}`)).json.problem.code, "bot_taken")
      }
      assert.ok(!(await several.shown()).includes("while it is taken"))
      return id
    })()
    // A change of the secret is tried at once.
    for (const secret of ["wrong", SECRET]) {
      const changed = await several.request(1, "/v1/apps/assistant", { method: "PATCH", body: { secret } })
      assert.equal(changed.status, 200)
    }
    await several.until(0, id, "sent")
  })

  // proves 32.bot-postgres: the holder stops
  test("when their holder stops another has the robots at once", async () => {
    const several = started()
    await several.gateways[0]?.stop()
    await several.until(1, await several.post(1, "one is left"), "sent")
    await several.start()
    await several.gateways[1]?.stop()
    await several.until(2, await several.post(2, "the new one"), "sent")
  })
})

// proves 32.bot-environment: with bot id and secret alone
test("the robot of the environment is an app of two gateways that start at once, and reaches a phone", async () => {
  await using several = await startSeveral(2, { WECOM_BOT_ID: "sim-bot", WECOM_BOT_SECRET: SECRET })
  const message = { app: "bot", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "磁盘 91%" } }
  const { json } = await several.request(1, "/v1/messages", { body: message })
  await several.until(0, json.id, "sent")
  assert.equal((await several.phone("zhangsan")).length, 1)
  assert.equal((await several.calls("/aibot_subscribe")).length, 1)
})

type Database = ReturnType<typeof connect>

async function holderOf(database: Database): Promise<number | undefined> {
  const { rows } = await sql<{ node: number }>`select node from wecom_push.robot_lease
    where until > clock_timestamp()`.execute(database)
  return rows[0]?.node
}
