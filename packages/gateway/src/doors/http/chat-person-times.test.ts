import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { shared } from "../../../../../tools/testing/shared.ts"
import { startOn, STORES } from "./testing/start-several.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

for (const store of STORES) {
  suite(`${store}: person-times of a corp's group chats`, () => {
    const started = shared(async (resources) => {
      const several = resources.use(await startOn(store))
      const app = { name: "all", corp_id: CORP, agent_id: 1_000_004, secret: "sim-secret-root" }
      assert.equal((await several.request(0, "/v1/apps", { body: app })).status, 201)
      return several
    })
    const limit = async (chat_person_times_per_minute: number | null): Promise<void> => {
      const body = { settings: { chat_person_times_per_minute } }
      const { status, text } = await started().request(0, `/v1/corps/${CORP}`, { method: "PUT", body })
      assert.equal(status, 200, text)
    }
    const make = async (chatid: string, users: readonly string[]): Promise<string> => {
      const { status, text } = await started().request(0, "/v1/chats", {
        body: { app: "all", chatid, members: { users } },
      })
      assert.equal(status, 201, text)
      return chatid
    }
    const send = async (gateway: number, to: object, more: object = {}): Promise<string> => {
      const message = { app: "all", to, msgtype: "text", text: { content: "值班" }, ...more }
      const { json, text } = await started().request(gateway, "/v1/messages", { body: message })
      assert.ok(json.id, text)
      return json.id
    }
    const rowsOf = async (id: string): Promise<Json[]> =>
      (await started().request(0, `/v1/messages/${id}/recipients`)).json.items
    /** Resolves once every recipient that waits shows the reason. */
    const waits = async (id: string): Promise<unknown[]> => {
      for (;;) {
        const rows = await rowsOf(id)
        if (rows.every(({ state, reason }) => state !== "pending" || reason !== null)) {
          return rows.map(({ state, reason }) => [state, reason])
        }
        await sleep(10)
      }
    }

    // proves 32.chats: person-times of the corp, counted by all gateways together
    test("each message counts as many as the chat has members, whichever gateway sends it; what is over waits as `target_rate`", async () => {
      const several = started()
      const large = await make("large", ["zhangsan", "lisi", "WangWu"])
      const small = await make("small", ["zhangsan", "lisi"])
      await limit(5)
      for (const [gateway, chatid] of [large, small].entries()) {
        await several.until(0, await send(gateway, { chats: [chatid] }), "sent")
      }
      const held = await Promise.all([0, 1].map((gateway) => send(gateway, { chats: [small], users: ["lisi"] })))
      for (const id of held) {
        assert.deepEqual(await waits(id), [
          ["sent", null],
          ["pending", "target_rate"],
        ])
        const [, { delayed_until }] = (await rowsOf(id)) as [Json, Json]
        const ms = Date.parse(delayed_until) - Date.now()
        assert.ok(ms > 0 && ms <= 63_000, `${ms} ms`)
      }
      assert.equal((await several.calls("/appchat/send")).length, 2)
      await limit(null)
      for (const id of held) await several.until(0, id, "sent")
      assert.equal((await several.calls("/appchat/send")).length, 4)
    })

    test("what WeCom refuses does not count", async () => {
      const several = started()
      const chatid = await make("refused", ["zhangsan", "lisi"])
      await limit(9)
      await several.fault({ path: "appchat/send", kind: "errcode", errcode: 49008, times: 3 })
      for (let n = 0; n < 3; n++) await several.until(0, await send(0, { chats: [chatid] }), "failed")
      // Five of the nine come from the test before, or none.
      await several.until(0, await send(0, { chats: [chatid] }), "sent")
      await limit(null)
    })
  })
}

const CORP = "ww0000000000000001"
