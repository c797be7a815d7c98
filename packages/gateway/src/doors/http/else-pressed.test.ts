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
      for (const name of ["assistant", "leaver"]) {
        const bot = { name, kind: "bot", bot_id: "sim-bot", secret: "sim-bot-secret" }
        assert.equal((await several.request(0, "/v1/apps", { body: bot })).status, 201)
      }
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

    /**
     * Sends a card with this task, to zhangsan by the robot, and by alerts to lisi, who never wrote to the robot.
     * @returns the message's id
     */
    const sendCard = async (task_id: string, app = "assistant"): Promise<string> => {
      const template_card = {
        card_type: "button_interaction",
        task_id,
        main_title: { title: "要发布吗？" },
        button_list: [{ text: "同意", key: "approve" }],
      }
      const to = { users: ["zhangsan", "lisi"] }
      const message = { app, else: "alerts", to, msgtype: "template_card", template_card }
      const { id } = (await started().request(0, "/v1/messages", { body: message })).json
      await started().until(0, id, "sent")
      return id
    }

    const pressOfLisi = async (): Promise<void> => {
      const shown = (await started().phone("lisi")).at(-1)
      await started().simulator.click({ userid: "lisi", msgid: shown?.["msgid"], key: "approve" })
    }

    /**
     * Follows the events from the oldest one, and resolves once that has begun.
     * @returns a function that resolves with the press of this card
     */
    const follow = async (task: string, key = ADMIN_KEY): Promise<() => Promise<Json>> => {
      const headers = { authorization: `Bearer ${key}`, "last-event-id": "0" }
      const answer = await fetch(`${started().gateways[0]?.url}/v1/events`, { headers })
      return async () => {
        let text = ""
        for await (const piece of answer.body ?? []) {
          text += Buffer.from(piece).toString()
          const events = text.split("\n").filter((line) => /^data: .*}$/.test(line))
          const found = events
            .map((line): Json => JSON.parse(line.slice(6)))
            .find(({ type, data }) => type === "card.clicked" && data.task_id.startsWith(task))
          if (found !== undefined) return found
        }
        return assert.fail("the stream has ended")
      }
    }

    const pressTold = async (task: string, key?: string): Promise<Json> => (await follow(task, key))()

    const keyOf = async (...apps: readonly string[]): Promise<string> => {
      const body = { name: "k", scopes: ["read"], apps }
      return (await started().request(0, "/v1/keys", { body })).json.key
    }

    const changeCard = (id: string, body: object) => started().request(1, `/v1/messages/${id}/card`, { body })

    const titleOf = async (userid: string) =>
      (await started().phone(userid)).slice(-1).map(({ body }) => body.template_card?.main_title?.title)

    const face = {
      card_type: "text_notice",
      main_title: { title: "已发布" },
      card_action: { type: 1, url: "https://example.com" },
    }

    // proves 32.else: a press of its card
    test("its press names the message, and the card is changed by it, whichever gateway is asked", async () => {
      const id = await sendCard("release-4711")
      await pressOfLisi()
      const { app, message_id, data } = await pressTold("release-4711")
      assert.deepEqual([app, message_id, data.userid, data.event_key], ["alerts", id, "lisi", "approve"])
      const { status, json } = await changeCard(id, { template_card: face, userids: ["lisi"] })
      assert.equal(status, 200, JSON.stringify(json))
      // After the robot's two there is one for each member.
      assert.deepEqual(
        (json.calls as Json[]).map(({ call, code, result }) => [call, code, result]),
        [[3, "click", "updated"]],
      )
      assert.deepEqual([await titleOf("lisi"), await titleOf("zhangsan")], [["已发布"], ["要发布吗？"]])
    })

    // proves 32.else: a change of cards of both names each member
    test("a change for members of both, and for one who is no recipient, reports each of them", async () => {
      const id = await sendCard("release-4714")
      const { status, json } = await changeCard(id, { template_card: face, userids: ["zhangsan", "lisi", "wangwu"] })
      assert.equal(status, 200, JSON.stringify(json))
      // No press of the robot's card gives a code.
      assert.deepEqual(
        (json.calls as Json[]).map(({ call, userids, result }) => [call, userids, result]),
        [
          [3, ["lisi"], "updated"],
          [null, ["zhangsan"], "no_code"],
          [null, ["wangwu"], "not_a_recipient"],
        ],
      )
      assert.deepEqual([await titleOf("lisi"), await titleOf("zhangsan")], [["已发布"], ["要发布吗？"]])
    })

    // proves 32.else: a press when the robot was removed
    test("it is pressed and changed also when the robot was removed, whose own cards stay as they are", async () => {
      const id = await sendCard("release-4713", "leaver")
      assert.equal((await started().request(0, "/v1/apps/leaver", { method: "DELETE" })).status, 204)
      await pressOfLisi()
      assert.equal((await pressTold("release-4713"))["message_id"], id)
      const refused = await changeCard(id, { template_card: face, userids: ["zhangsan"] })
      assert.deepEqual([refused.status, refused.json.code], [409, "no_card"])
      const { status, json } = await changeCard(id, { template_card: face })
      assert.equal(status, 200, JSON.stringify(json))
      assert.deepEqual(
        (json.calls as Json[]).map(({ call, code, result }) => [call, code, result]),
        [[3, "message", "updated"]],
      )
      assert.deepEqual([await titleOf("lisi"), await titleOf("zhangsan")], [["已发布"], ["要发布吗？"]])
    })

    // proves 32.else: a key that holds the other app alone
    test("a key that does not hold the robot reads of the press without the message, which does not exist for it", async () => {
      const [other, both] = [await keyOf("alerts"), await keyOf("alerts", "assistant")]
      const id = await sendCard("release-4712")
      // One key follows it as it happens, and another one reads it afterwards.
      const happening = await follow("release-4712", other)
      await pressOfLisi()
      for (const event of [await happening(), await pressTold("release-4712", other)]) {
        const { app, message_id, data } = event
        assert.deepEqual([app, message_id, data.userid, data.event_key], ["alerts", null, "lisi", "approve"])
        const text = JSON.stringify(event)
        assert.ok(!text.includes(id) && !text.includes("assistant"), text)
      }
      assert.equal((await pressTold("release-4712", both))["message_id"], id)
      const seen = await Promise.all([other, both].map((key) => started().request(0, `/v1/messages/${id}`, { key })))
      assert.deepEqual(
        seen.map(({ status }) => status),
        [404, 200],
      )
    })
  })
}
