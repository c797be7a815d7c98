import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { shared } from "../../../../../tools/testing/shared.ts"
import { RobotSide } from "../../channels/testing/robot-side.ts"
import { STORES, startOn } from "./testing/start-several.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

/** A text that no database can compress. */
const LONG = Array.from({ length: 2000 }, (_, n) => ((n + 1) * Math.E).toString(36)).join("")
const said = { chattype: "single", from: { userid: "zhangsan" }, msgtype: "text", text: { content: "x" } }
const press = { task_id: "t", event_key: "k" }
const pressed = (card: object) => ({
  from: { userid: "zhangsan" },
  msgtype: "event",
  event: { eventtype: "template_card_event", template_card_event: { ...press, ...card } },
})

for (const store of STORES) {
  suite(`${store}: frames of a smart robot with what no database keeps`, () => {
    const started = shared(async (resources) => {
      const side = resources.use(await RobotSide.start())
      const several = resources.use(await startOn(store, { WECOM_BOT_URL: side.url }))
      const bot = { name: "assistant", kind: "bot", bot_id: "b", secret: "s" }
      const made = await several.request(0, "/v1/apps", { body: bot })
      assert.equal(made.status, 201, made.text)
      while (side.connections === 0) await sleep(5)
      return Object.assign(several, { side })
    })
    let count = 0
    const conversations = async (): Promise<string[]> =>
      (await started().request(0, "/v1/apps/assistant/conversations?limit=100")).json.items.map(({ id }: Json) => id)
    const tell = (cmd: string, body: object): void =>
      started().side.tell({ cmd, headers: { req_id: `r${++count}` }, body: { msgid: `m${count}`, ...body } })

    for (const [title, cmd, body] of [
      ["NUL in a text", "aibot_msg_callback", { ...said, text: { content: "a\0b" } }],
      ["half a character in a text", "aibot_msg_callback", { ...said, text: { content: "a\ud83d" } }],
      ["NUL in a name of a field", "aibot_msg_callback", { ...said, text: { "a\0": "b" } }],
      ["NUL in a userid", "aibot_msg_callback", { ...said, from: { userid: "li\0si" } }],
      ["a userid without end", "aibot_msg_callback", { ...said, from: { userid: LONG } }],
      ["a chatid without end", "aibot_msg_callback", { ...said, chattype: "group", chatid: LONG }],
      ["a msgid without end", "aibot_msg_callback", { ...said, msgid: LONG }],
      ["NUL in a press", "aibot_event_callback", pressed({ task_id: "t\0", event_key: "k\ud83d" })],
      ["a press without end", "aibot_event_callback", pressed({ task_id: LONG })],
    ] as const) {
      // proves 32.lost-frames: what no database keeps as it is
      test(`${title}: it is kept, and so is what follows`, async () => {
        const { logLines } = started()
        tell(cmd, body)
        const next = `next-${count}`
        tell("aibot_msg_callback", { ...said, from: { userid: next } })
        while (!(await conversations()).includes(next)) await sleep(10)
        // A frame that was refused would be tried again after a second.
        await sleep(1500)
        assert.deepEqual(
          logLines.filter((line) => /storage_error|could not store/.test(line)),
          [],
        )
      })
    }
  })
}
