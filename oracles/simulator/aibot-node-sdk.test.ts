// WeCom's own SDK for smart robots, unchanged and independent of this project; only the address is that of the simulator.
import assert from "node:assert/strict"
import { test } from "node:test"
import { WSClient, type TemplateCard } from "@wecom/aibot-node-sdk"
import { startSimulator, type Simulator } from "@wecom-push/simulator"
import { BUTTONS } from "../../packages/simulator/src/testing/cards.ts"
import { PNG } from "../../packages/simulator/src/testing/sample-media.ts"

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

interface Peer extends AsyncDisposable {
  readonly sim: Simulator
  readonly robot: WSClient
  another(): Promise<WSClient>
}

/** Signs in a robot of the seed organisation. */
async function peer(): Promise<Peer> {
  const sim = await startSimulator()
  const robots: WSClient[] = []
  const another = async (): Promise<WSClient> => {
    const wsUrl = `${sim.url.replace("http", "ws")}/_bot`
    const robot = new WSClient({ botId: "sim-bot", secret: "sim-bot-secret", wsUrl, logger: SILENT })
    robots.push(robot)
    const { promise, resolve } = Promise.withResolvers<void>()
    robot.on("authenticated", () => resolve())
    robot.connect()
    await promise
    return robot
  }
  return {
    sim,
    robot: await another(),
    another,
    async [Symbol.asyncDispose]() {
      for (const robot of robots) robot.disconnect()
      await sim.close()
    },
  }
}

/** The next event of this name. */
async function heard<T>(robot: WSClient, name: Parameters<WSClient["on"]>[0]): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>()
  robot.once(name, (...[frame]: unknown[]) => resolve(frame as T))
  return promise
}

interface Frame {
  readonly headers: { readonly req_id: string }
  readonly body?: Readonly<Record<string, unknown>>
}

// proves 32.bot-peer: the official SDK, unchanged
test("the official robot SDK, unchanged, reaches a phone with a text, a card and a file", async () => {
  await using wecom = await peer()
  const { sim, robot } = wecom
  await robot.sendMessage("zhangsan", { msgtype: "markdown", markdown: { content: "**磁盘** 91%" } })
  await robot.sendMessage("zhangsan", { msgtype: "template_card", template_card: BUTTONS as TemplateCard })
  const content = Buffer.concat([PNG, Buffer.alloc(1_500_000)])
  const { media_id } = await robot.uploadMedia(content, { type: "image", filename: "图.png" })
  await robot.sendMediaMessage("zhangsan", "image", media_id)

  const shown = sim.messages({ userid: "zhangsan" }).map(({ body }) => body)
  assert.deepEqual(
    shown.map(({ msgtype }) => msgtype),
    ["markdown", "template_card", "image"],
  )
  assert.equal(shown[0]?.markdown?.content, "**磁盘** 91%")
  assert.equal(shown[2]?.image?.media_id, media_id)
  await assert.rejects(robot.sendMessage("lisi", { msgtype: "markdown", markdown: { content: "你好" } }))
})

// proves 32.bot-peer: the official SDK, unchanged
test("it answers what members write, welcomes them, and changes a card that was pressed", async () => {
  await using wecom = await peer()
  const { sim, robot } = wecom
  const message = heard<Frame>(robot, "message.text")
  sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
  await robot.replyStream(await message, "s1", "在", false)
  await robot.replyStream(await message, "s1", "在的", true)
  const arrival = heard<Frame>(robot, "event.enter_chat")
  sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "event", event: "enter_chat" })
  await robot.replyWelcome(await arrival, { msgtype: "text", text: { content: "欢迎" } })
  assert.deepEqual(
    sim.messages({ userid: "lisi" }).map(({ body }) => body.markdown?.content ?? body.text?.content),
    ["在的", "欢迎"],
  )

  await robot.sendMessage("lisi", { msgtype: "template_card", template_card: BUTTONS as TemplateCard })
  const card = sim.messages({ userid: "lisi" }).at(-1)
  const press = heard<Frame>(robot, "event.template_card_event")
  await sim.click({ userid: "lisi", msgid: card?.msgid ?? "", key: "yes" })
  const changed = { ...BUTTONS, main_title: { title: "已同意" } }
  await robot.updateTemplateCard(await press, changed as TemplateCard)
  assert.equal(sim.messages({ userid: "lisi" }).at(-1)?.body.template_card?.main_title?.title, "已同意")
})

test("a newer connection ends its older one", async () => {
  await using wecom = await peer()
  const ended = heard(wecom.robot, "event.disconnected_event")
  const newer = await wecom.another()
  await ended
  await newer.sendMessage("zhangsan", { msgtype: "markdown", markdown: { content: "新" } })
  assert.equal(wecom.sim.messages().length, 1)
})
