import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { ADMIN_KEY } from "./testing/start-gateway.ts"
import { startOn, STORES } from "./testing/start-several.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

for (const store of STORES) {
  suite(`${store}: a card that the app in else has sent`, () => {
    const started = shared(async (resources) => {
      const several = resources.use(await startOn(store))
      const bot = { name: "assistant", kind: "bot", bot_id: "sim-bot", secret: "sim-bot-secret" }
      assert.equal((await several.request(0, "/v1/apps", { body: bot })).status, 201)
      const { org } = several.simulator
      const [alerts, ...others] = org.apps
      assert.ok(alerts !== undefined)
      const { token, encoding_aes_key } = alerts.callback
      const body = { callback_token: token, encoding_aes_key }
      const { status } = await several.request(0, "/v1/apps/alerts", { method: "PATCH", body })
      assert.equal(status, 200)
      const url = `${several.gateways[0]?.url}/callback/alerts`
      const called = { ...alerts, callback: { ...alerts.callback, url } }
      await several.simulator.replaceOrg({ ...org, apps: [called, ...others] })
      return several
    })

    /** The first event of this type. */
    const told = async (type: string): Promise<Json> => {
      const connection = new AbortController()
      const headers = { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": "0" }
      const answer = await fetch(`${started().gateways[0]?.url}/v1/events`, { headers, signal: connection.signal })
      let found: Json | undefined
      let text = ""
      for await (const piece of answer.body ?? []) {
        text += Buffer.from(piece).toString()
        const events = text.split("\n").filter((line) => /^data: .*}$/.test(line))
        found = events.map((line): Json => JSON.parse(line.slice(6))).find((event) => event["type"] === type)
        if (found !== undefined) break
      }
      connection.abort()
      return found ?? assert.fail("the stream has ended")
    }

    // proves 32.else: a press of its card
    test("its press names the message, and the card is changed by it, whichever gateway is asked", async () => {
      const several = started()
      const template_card = {
        card_type: "button_interaction",
        task_id: "release-4711",
        main_title: { title: "要发布吗？" },
        button_list: [{ text: "同意", key: "approve" }],
      }
      const to = { users: ["zhangsan", "lisi"] }
      const message = { app: "assistant", else: "alerts", to, msgtype: "template_card", template_card }
      const { id } = (await several.request(0, "/v1/messages", { body: message })).json
      await several.until(0, id, "sent")
      const shown = (await several.phone("lisi")).at(-1)
      await several.simulator.click({ userid: "lisi", msgid: shown?.["msgid"], key: "approve" })
      const { app, message_id, data } = await told("card.clicked")
      assert.deepEqual([app, message_id, data.userid, data.event_key], ["alerts", id, "lisi", "approve"])
      const face = {
        card_type: "text_notice",
        main_title: { title: "已发布" },
        card_action: { type: 1, url: "https://example.com" },
      }
      const change = { template_card: face, userids: ["lisi"] }
      const { status, json } = await several.request(1, `/v1/messages/${id}/card`, { body: change })
      assert.equal(status, 200, JSON.stringify(json))
      // Behind the robot's two, one for each member.
      assert.deepEqual(
        (json.calls as Json[]).map(({ call, code, result }) => [call, code, result]),
        [[3, "click", "updated"]],
      )
      const titles = async (userid: string) =>
        (await several.phone(userid)).slice(-1).map(({ body }) => body.template_card?.main_title?.title)
      assert.deepEqual([await titles("lisi"), await titles("zhangsan")], [["已发布"], ["要发布吗？"]])
    })
  })
}
