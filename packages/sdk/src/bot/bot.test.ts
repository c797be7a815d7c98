import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { inspect } from "node:util"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { Bot, image, markdown, templateCard, text, WeComError } from "../index.ts"
import type { BotEvent, BotState } from "../index.ts"
import { heldClock } from "../testing/held-clock.ts"
import type { HeldClock } from "../testing/held-clock.ts"
import { PNG } from "../testing/sample-media.ts"
import type { BotOptions } from "./options.ts"

const SECRET = "sim-bot-secret"

/** A robot of the seed organisation, to which zhangsan has written, and the events it got. */
interface Robot extends AsyncDisposable {
  readonly sim: Simulator
  readonly bot: Bot
  readonly clock: HeldClock
  readonly states: BotState[]
  /** The next thing that a member does. */
  heard(): Promise<BotEvent>
}

const urlOf = (sim: Simulator): string => `${sim.url.replace("http", "ws")}/_bot`

async function robot(options: Partial<BotOptions> = {}): Promise<Robot> {
  const sim = await startSimulator()
  const clock = heldClock()
  const states: BotState[] = []
  const events: BotEvent[] = []
  let hear: ((event: BotEvent) => void) | undefined
  const bot = new Bot({
    botId: "sim-bot",
    secret: SECRET,
    url: urlOf(sim),
    clock,
    onState: (state) => states.push(state),
    onEvent(event) {
      if (hear === undefined) events.push(event)
      else hear(event)
      hear = undefined
    },
    ...options,
  })
  return {
    sim,
    bot,
    clock,
    states,
    heard() {
      const first = events.shift()
      if (first !== undefined) return Promise.resolve(first)
      const { promise, resolve } = Promise.withResolvers<BotEvent>()
      hear = resolve
      return promise
    },
    async [Symbol.asyncDispose]() {
      await bot.close()
      await sim.close()
    },
  }
}

/** The error of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<WeComError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WeComError)
  return error
}

const toZhangsan = { user: "zhangsan" } as const
const CARD = {
  card_type: "button_interaction",
  main_title: { title: "上线？" },
  task_id: "deploy-1",
  button_list: [{ text: "同意", key: "yes" }],
} as const

// proves 32.bot-sdk: with id and secret alone a phone is reached
test("with id and secret alone a text reaches the phone of who has written to the robot, escaped", async () => {
  await using robo = await robot()
  await robo.bot.connect()
  await robo.bot.send(toZhangsan, text("**磁盘** 91%"))
  await robo.bot.send(toZhangsan, markdown("**磁盘** 91%"))
  const shown = robo.sim.messages({ userid: "zhangsan" }).map(({ bot, body }) => [bot, body.markdown?.content])
  assert.deepEqual(shown, [
    ["sim-bot", "\\*\\*磁盘\\*\\* 91%"],
    ["sim-bot", "**磁盘** 91%"],
  ])
})

test("a file in a message is uploaded in pieces first", async () => {
  await using robo = await robot()
  await robo.bot.connect()
  const content = Buffer.concat([PNG, Buffer.alloc(1_200_000)])
  await robo.bot.send(toZhangsan, image({ content, filename: "图.png" }))
  const [shown] = robo.sim.messages()
  const response = await fetch(`${robo.sim.url}/_sim/media/${shown?.body.image?.media_id ?? ""}`)
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), content)
})

suite("what cannot be sent says so", () => {
  test("93006 for a member who never wrote, with what to do", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    const error = await failure(robo.bot.send({ user: "lisi" }, text("你好")))
    assert.deepEqual([error.code, error.errcode, error.mayHaveArrived], ["refused", 93006, false])
    robo.sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
    await robo.bot.send({ user: "lisi" }, text("在的"))
  })
  test("no target, and a text that is too long, before anything is sent", async () => {
    await using robo = await robot()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a program without a compiler calls it
    const none = await failure(robo.bot.send({} as typeof toZhangsan, text("你好")))
    assert.deepEqual([none.code, none.faults[0]?.path], ["invalid_input", "to"])
    const long = await failure(robo.bot.send(toZhangsan, text("*".repeat(10_241))))
    assert.deepEqual([long.code, long.faults[0]?.path], ["invalid_input", "text.content"])
  })
  test("without a connection nothing is sent, and that is certain", async () => {
    await using robo = await robot()
    const error = await failure(robo.bot.send(toZhangsan, text("你好")))
    assert.deepEqual([error.code, error.mayHaveArrived], ["unreachable", false])
    assert.match(error.message, /no connection/)
  })
  for (const [what, change, errcode] of [
    ["a wrong secret", { secret: "x-wrong-secret" }, 40001],
    ["an unknown robot", { botId: "ghost" }, 93019],
  ] as const) {
    test(`${what}: connect() says ${errcode}, and tries no more`, async () => {
      await using robo = await robot(change)
      const error = await failure(robo.bot.connect())
      assert.deepEqual([error.code, error.errcode], ["refused", errcode])
      assert.equal(robo.bot.isConnected, false)
      assert.doesNotMatch(inspect(error, { depth: 9 }) + inspect(robo.bot, { depth: 9, showHidden: true }), /secret"?:/)
    })
  }
  test("every fault of the options at once", () => {
    assert.throws(
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as a program without a compiler calls it
      () => new Bot({ botId: "", url: "http://x", sekret: 1 } as unknown as BotOptions),
      (error: unknown) =>
        error instanceof WeComError &&
        ["botId", "secret", "url", "sekret"].every((path) => error.faults.some((fault) => fault.path === path)),
    )
  })
})

// proves 32.bot-sdk: in doubt, and never repeated
suite("what may have arrived is in doubt, and never repeated", () => {
  for (const [what, fault, isShown] of [
    ["an answer that never comes", { kind: "hang_after" }, true],
    ["a connection that ends after the message was taken", { kind: "reset_after" }, true],
    ["a connection that ends before it was taken", { kind: "reset_before" }, false],
    ["an answer that is none", { kind: "truncate", bytes: 5 }, true],
  ] as const) {
    test(what, async () => {
      await using robo = await robot()
      await robo.bot.connect()
      robo.sim.fault({ path: "aibot_send_msg", ...fault })
      const sent = failure(robo.bot.send(toZhangsan, text("你好")))
      if (fault.kind === "hang_after") {
        await robo.sim.waitForMessage()
        robo.clock.advance(5000)
      }
      const error = await sent
      assert.deepEqual([error.code, error.mayHaveArrived], ["in_doubt", true])
      assert.equal(robo.sim.messages().length, isShown ? 1 : 0)
    })
  }
  test("an answer that comes later than 5 s changes nothing any more", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    robo.sim.fault({ path: "aibot_send_msg", kind: "slow", delay_ms: 100 })
    const sent = failure(robo.bot.send(toZhangsan, text("一")))
    await robo.sim.waitForMessage()
    robo.clock.advance(5000)
    assert.equal((await sent).code, "in_doubt")
    await robo.bot.send(toZhangsan, text("二"))
    assert.equal(robo.sim.messages().length, 2)
  })
})

// proves 32.bot-sdk: connections
suite("the connection", () => {
  test("is made again after it was lost, with growing waits, without end", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    robo.sim.fault([
      { path: "ping", kind: "reset_before" },
      { path: "_bot", kind: "http_status", status: 502, times: 11 },
    ])
    const waits: number[] = []
    robo.clock.advance(25_000)
    while (waits.length < 12) {
      await turn()
      const last = robo.states.at(-1)
      if (last?.state !== "waiting" || robo.states.length - 1 === waits.length) continue
      waits.push(last.retryAfterMs)
      robo.clock.advance(last.retryAfterMs)
    }
    while (!robo.bot.isConnected) await turn()
    assert.ok((waits[0] ?? 0) <= 1000 && (waits[0] ?? 0) >= 750)
    assert.ok(waits.slice(7).every((wait) => wait >= 45_000 && wait <= 60_000))
    await robo.bot.send(toZhangsan, text("你好"))
  })
  test("that signs in again while the robot is closed is given up", async () => {
    await using robo = await robot()
    const { sim, bot, clock, states } = robo
    await bot.connect()
    sim.fault([
      { path: "aibot_subscribe", kind: "hang_before" },
      { path: "aibot_send_msg", kind: "reset_before" },
    ])
    await failure(bot.send(toZhangsan, text("你好")))
    while (states.at(-1)?.state !== "waiting") await turn()
    clock.advance(1000)
    while ((await framesOf(sim, "aibot_subscribe")) < 2) await turn()
    await bot.close()
    assert.equal(states.at(-1)?.state, "closed")
  })

  test("counts as lost after two pings without an answer, the second at once", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    robo.sim.fault({ path: "ping", kind: "hang_before", times: 2 })
    robo.clock.advance(25_000)
    await missPings(robo)
    assert.equal(robo.states[1]?.state, "waiting")
  })
  test("that carries nothing any more is given up within 15 s of a message, whose answer is missing", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    robo.sim.fault([
      { path: "aibot_send_msg", kind: "hang_before" },
      { path: "ping", kind: "hang_before", times: 2 },
    ])
    const sent = failure(robo.bot.send(toZhangsan, text("你好")))
    while ((await framesOf(robo.sim, "aibot_send_msg")) === 0) await turn()
    robo.clock.advance(5000)
    assert.equal((await sent).code, "in_doubt")
    await missPings(robo)
    assert.equal(robo.states[1]?.state, "waiting")
  })
  test("is kept where a message alone has no answer: the ping at once has one, and none follows that", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    for (const pings of [1, 2]) {
      robo.sim.fault({ path: "aibot_send_msg", kind: "hang_before" })
      const sent = failure(robo.bot.send(toZhangsan, text("你好")))
      while ((await framesOf(robo.sim, "aibot_send_msg")) < pings) await turn()
      robo.clock.advance(5000)
      assert.equal((await sent).code, "in_doubt")
      while ((await framesOf(robo.sim, "ping")) < pings) await turn()
    }
    await robo.bot.send(toZhangsan, text("你好"))
    robo.clock.advance(24_999)
    await turn()
    assert.equal(await framesOf(robo.sim, "ping"), 2)
    assert.equal(robo.bot.isConnected, true)
  })
  test("that a newer one has replaced while it signed in is not made again either", async () => {
    await using robo = await robot()
    robo.sim.fault({ path: "aibot_subscribe", kind: "raw", body: REPLACED })
    assert.equal((await failure(robo.bot.connect())).code, "unreachable")
    await robo.bot.connect()
    robo.sim.fault([
      { path: "aibot_send_msg", kind: "reset_before" },
      { path: "aibot_subscribe", kind: "raw", body: REPLACED },
    ])
    await failure(robo.bot.send(toZhangsan, text("你好")))
    while (robo.states.at(-1)?.state !== "waiting") await turn()
    robo.clock.advance(1000)
    while (robo.states.at(-1)?.state !== "replaced") await turn()
    robo.clock.advance(3_600_000)
    await turn()
    assert.equal(robo.bot.isConnected, false)
    assert.equal(await framesOf(robo.sim, "aibot_subscribe"), 3)
  })
  test("that a newer one has replaced is closed by us, and not made again", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    await using newer = new Bot({ botId: "sim-bot", secret: SECRET, url: urlOf(robo.sim) })
    await newer.connect()
    while (robo.states.at(-1)?.state !== "replaced") await turn()
    assert.equal(robo.bot.isConnected, false)
    robo.clock.advance(3_600_000)
    await newer.send(toZhangsan, text("你好"))
    assert.equal((await failure(robo.bot.send(toZhangsan, text("你好")))).code, "unreachable")
    await robo.bot.connect()
    assert.equal(robo.bot.isConnected, true)
  })
})

suite("what members do", () => {
  test("a message is answered, an arrival welcomed", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    robo.sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
    const message = await robo.heard()
    assert.ok(message.kind === "message")
    assert.deepEqual([message.userid, message.chatid, message.text], ["lisi", undefined, "在吗"])
    await robo.bot.reply(message, text("在的"))
    robo.sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "event", event: "enter_chat" })
    const arrival = await robo.heard()
    assert.ok(arrival.kind === "enter_chat")
    await robo.bot.reply(arrival, text("欢迎"))
    assert.deepEqual(
      robo.sim.messages({ userid: "lisi" }).map(({ body }) => body.markdown?.content ?? body.text?.content),
      ["在的", "欢迎"],
    )
  })
  test("a card that was pressed is changed within 5 s, and not later", async () => {
    await using robo = await robot()
    await robo.bot.connect()
    await robo.bot.send(toZhangsan, templateCard(CARD))
    const msgid = robo.sim.messages()[0]?.msgid ?? ""
    await robo.sim.click({ userid: "zhangsan", msgid, key: "yes" })
    const press = await robo.heard()
    assert.ok(press.kind === "card_press")
    assert.deepEqual([press.userid, press.key, press.taskId], ["zhangsan", "yes", "deploy-1"])
    const { task_id: _, ...face } = CARD
    await robo.bot.changeCard(press, { ...face, main_title: { title: "已上线" } })
    assert.equal(robo.sim.messages()[0]?.body.template_card?.main_title?.title, "已上线")

    await robo.sim.click({ userid: "zhangsan", msgid, key: "yes" })
    const late = await robo.heard()
    robo.clock.advance(5001)
    assert.ok(late.kind === "card_press")
    assert.equal((await failure(robo.bot.changeCard(late, face))).code, "deadline")
  })
})

const REPLACED = JSON.stringify({
  cmd: "aibot_event_callback",
  headers: { req_id: "r" },
  body: { msgtype: "event", event: { eventtype: "disconnected_event" } },
})

/** Two in a row, with the clock at the time of the first. */
async function missPings({ sim, clock, states }: Robot): Promise<void> {
  for (let ping = 0; ping < 2; ping++) {
    while ((await framesOf(sim, "ping")) <= ping) await turn()
    clock.advance(5000)
  }
  while (states.length < 2) await turn()
}

/** How many of them the robot has sent. */
async function framesOf(sim: Simulator, cmd: string): Promise<number> {
  const { calls } = (await (await fetch(`${sim.url}/_sim/calls?path=${cmd}`)).json()) as { calls: unknown[] }
  return calls.length
}

/** Bytes on the way between two sockets of this process arrive. */
async function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, 1)
  await promise
}
