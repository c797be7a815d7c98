import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { shared } from "../../../../../tools/testing/shared.ts"
import { RobotSide } from "../../channels/testing/robot-side.ts"
import { ADMIN_KEY } from "./testing/start-gateway.ts"
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

    // proves 32.frames: kept before anything is done about it
    test("texts that a member writes in quick succession are events in their order", async () => {
      const { gateways } = started()
      const contents = Array.from({ length: 30 }, (_, n) => `no ${n}`)
      const from = { userid: "wangwu" }
      for (const content of contents) tell("aibot_msg_callback", { ...said, from, text: { content } })
      assert.deepEqual(await contentsOf(gateways[0]?.url ?? "", from.userid, contents.length), contents)
    })

    // proves 32.lost-frames: what no database keeps as it is
    test("a frame that is nested too deep is an event without what is nested", async () => {
      const { side, gateways } = started()
      const nested = `${"[".repeat(20_000)}${"]".repeat(20_000)}`
      const body = `{"msgid":"deep","chattype":"single","from":{"userid":"zhaoliu"},"msgtype":"text","text":{"content":"deep"},"more":${nested}}`
      side.tellText(`{"cmd":"aibot_msg_callback","headers":{"req_id":"deep"},"body":${body}}`)
      assert.deepEqual(await contentsOf(gateways[0]?.url ?? "", "zhaoliu", 1), ["deep"])
    })

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

/** The first `count` texts of a member, in the order of their events. */
async function contentsOf(gateway: string, userid: string, count: number): Promise<string[]> {
  const connection = new AbortController()
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": "0" }
  const answer = await fetch(`${gateway}/v1/events`, { headers, signal: connection.signal })
  const contents: string[] = []
  let text = ""
  for await (const piece of answer.body ?? []) {
    const lines = `${text}${Buffer.from(piece).toString("utf8")}`.split("\n")
    text = lines.pop() ?? ""
    const events = lines.flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)) as Json] : []))
    const texts = events.filter(({ type, data }) => type === "wecom.text" && data.userid === userid)
    contents.push(...texts.map(({ data }) => data.fields.text.content))
    if (contents.length >= count) break
  }
  connection.abort()
  return contents
}
