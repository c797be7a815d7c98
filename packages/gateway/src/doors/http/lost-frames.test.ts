import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { shared } from "../../../../../tools/testing/shared.ts"
import { postFile, TEXT } from "./testing/media-form.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>
const post = (body: unknown) => ({ method: "POST", body: JSON.stringify(body) })
const BOT = "sim-bot"

/** `aibot_send_msg` is tested in `bots.test.ts`: it is in doubt, and never repeated. */
suite("the answer to another frame of a smart robot is lost", () => {
  const started = shared(async (resources) => {
    const all = resources.use(await startWithSimulator())
    // The connection is made again a second later.
    all.simulator.fault({ path: "aibot_subscribe", kind: "reset_after" })
    const settings = { welcome_text: "您好" }
    const bot = { name: "assistant", kind: "bot", bot_id: BOT, secret: "sim-bot-secret", settings }
    const made = await all.request("/v1/apps", post(bot))
    assert.equal(made.status, 201, made.text)
    return all
  })
  const send = async (message: object): Promise<string> => {
    const to = { users: ["zhangsan"] }
    const { status, text, json } = await started().request("/v1/messages", post({ app: "assistant", to, ...message }))
    assert.equal(status, 202, text)
    return String(json["id"])
  }
  const shown = async (msgtype: string): Promise<Json[]> =>
    (await started().phone("zhangsan")).filter(({ bot, body }) => bot === BOT && body.msgtype === msgtype)

  // proves 32.lost-frames: signing in
  test("aibot_subscribe: it signs in again, and what waits goes out once", async () => {
    const id = await send({ msgtype: "text", text: { content: "连上" } })
    const { state, problem } = await started().until(id, "sent", "failed", "in_doubt")
    assert.equal(state, "sent", JSON.stringify(problem))
    assert.equal((await shown("markdown")).length, 1)
  })

  for (const path of ["aibot_upload_media_init", "aibot_upload_media_chunk", "aibot_upload_media_finish"]) {
    // proves 32.lost-frames: uploads
    test(`${path}: the file is uploaded anew, and the message goes out once`, async () => {
      const before = (await shown("file")).length
      started().simulator.fault({ path, kind: "reset_after" })
      const bytes = Buffer.concat([Buffer.from(`${path}\n`), TEXT])
      const { json } = await postFile(started(), bytes, { app: "assistant" })
      await started().until(await send({ msgtype: "file", file: { media_id: json["id"] } }), "sent")
      assert.equal((await shown("file")).length, before + 1)
    })
  }

  // proves 32.lost-frames: changing a card
  test("aibot_respond_update_msg: the answer says that the card may have changed, and it is not asked again", async () => {
    const template_card = {
      card_type: "button_interaction",
      task_id: "lost-1",
      main_title: { title: "要发布吗？" },
      button_list: [{ text: "同意", key: "approve" }],
    }
    const id = await send({ msgtype: "template_card", template_card })
    await started().until(id, "sent")
    const { simulator } = started()
    const msgid = (await shown("template_card")).at(-1)?.["msgid"]
    await simulator.click({ userid: "zhangsan", msgid, key: "approve" })
    simulator.fault({ path: "aibot_respond_update_msg", kind: "reset_after" })
    const face = {
      card_type: "text_notice",
      main_title: { title: "已发布" },
      card_action: { type: 1, url: "https://a.b" },
    }
    let changed = await started().request(`/v1/messages/${id}/card`, post({ template_card: face }))
    // Repeats until the press is stored.
    while (changed.json["code"] === "card_not_updatable") {
      await sleep(5)
      changed = await started().request(`/v1/messages/${id}/card`, post({ template_card: face }))
    }
    assert.deepEqual([changed.status, changed.json["calls"]?.[0]?.result], [200, "unknown"], changed.text)
    const { calls } = (await (await fetch(`${simulator.url}/_sim/calls`)).json()) as { calls: Json[] }
    assert.equal(calls.filter((call) => String(call["path"]).endsWith("aibot_respond_update_msg")).length, 1)
  })

  // proves 32.lost-frames: a welcome
  test("aibot_respond_welcome_msg: the welcome is shown, and comes no second time", async () => {
    const { simulator } = started()
    await started().until(await send({ msgtype: "text", text: { content: "再连上" } }), "sent")
    simulator.fault({ path: "aibot_respond_welcome_msg", kind: "reset_after" })
    simulator.say({ userid: "zhangsan", bot: BOT, msgtype: "event", event: "enter_chat" })
    while ((await shown("text")).length === 0) await sleep(5)
    // Repeats until the connection exists again: a message sent while it ends is in doubt.
    for (let state = ""; state !== "sent";) {
      const id = await send({ msgtype: "text", text: { content: "又连上" } })
      state = (await started().until(id, "sent", "in_doubt"))["state"]
    }
    assert.equal((await shown("text")).length, 1)
  })
})
