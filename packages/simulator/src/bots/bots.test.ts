import assert from "node:assert/strict"
import { once } from "node:events"
import { suite, test } from "node:test"
import { botClient, SIM_BOT, type BotClient, type Frame } from "../testing/bot-client.ts"
import { PNG } from "../testing/sample-media.ts"
import { startSimulator, type Simulator } from "../start-simulator.ts"

const HELLO = { msgtype: "markdown", markdown: { content: "**你好**" } }
const CARD = {
  card_type: "button_interaction",
  main_title: { title: "上线？" },
  task_id: "deploy-1",
  button_list: [{ text: "同意", key: "yes" }],
}

const push = (bot: BotClient, message: object = HELLO, chatid = "zhangsan"): Promise<Frame> =>
  bot.ask("aibot_send_msg", { chatid, ...message })

/** For tests in which no member does anything: a robot that zhangsan has written to. */
async function withBot(work: (sim: Simulator, bot: BotClient) => Promise<void>): Promise<void> {
  await using sim = await startSimulator()
  await using bot = await botClient(sim)
  await work(sim, bot)
}

// proves 32.bot-sim: smart robots in the simulator
test("15: a robot that signed in reaches the phone of a member who has written to it", () =>
  withBot(async (sim, bot) => {
    assert.deepEqual(await push(bot), { headers: { req_id: "aibot_send_msg_2" }, errcode: 0, errmsg: "ok" })
    const [copy] = sim.messages({ userid: "zhangsan" })
    assert.equal(copy?.bot, "sim-bot")
    assert.equal(copy.agentid, 0)
    assert.deepEqual(copy.body, HELLO)
    assert.equal((await bot.ask("ping")).errcode, 0)
  }))

suite("the sign-in", () => {
  const rows = [
    ["the right secret", SIM_BOT, 0],
    ["a wrong secret", { ...SIM_BOT, secret: "x" }, 40001],
    ["an unknown robot", { ...SIM_BOT, bot_id: "x" }, 93019],
  ] as const
  for (const [what, body, errcode] of rows) {
    test(`15: ${what}: ${errcode}, and nothing is sent without it`, async () => {
      await using sim = await startSimulator()
      await using bot = await botClient(sim, null)
      assert.equal((await bot.ask("aibot_subscribe", body)).errcode, errcode)
      assert.equal((await push(bot)).errcode === 0, errcode === 0)
    })
  }
})

suite("what aibot_send_msg is answered", () => {
  const rows: readonly [what: string, message: object, chatid: string, errcode: number][] = [
    ["markdown of 20,480 bytes", { msgtype: "markdown", markdown: { content: "x".repeat(20_480) } }, "zhangsan", 0],
    ["a byte more", { msgtype: "markdown", markdown: { content: "x".repeat(20_481) } }, "zhangsan", 40058],
    ["a text", { msgtype: "text", text: { content: "你好" } }, "zhangsan", 40008],
    ["a card", { msgtype: "template_card", template_card: CARD }, "zhangsan", 0],
    ["a file that was never uploaded", { msgtype: "file", file: { media_id: "x" } }, "zhangsan", 40007],
    ["a member who never wrote", HELLO, "lisi", 93006],
    ["a userid that no member has", HELLO, "ghost", 93006],
    ["a member by chat_type 1", { chat_type: 1, ...HELLO }, "zhangsan", 0],
    ["a member by the type of groups", { chat_type: 2, ...HELLO }, "zhangsan", 93006],
    ["a group", HELLO, "grp", 0],
  ]
  for (const [what, message, chatid, errcode] of rows) {
    test(`15: ${what}: ${errcode}`, async () => {
      const groups = [{ chatid: "grp", members: ["zhangsan", "lisi"] }]
      await using sim = await startSimulator({ org: { bots: [{ ...SIM_BOT, opened_by: ["zhangsan"], groups }] } })
      await using bot = await botClient(sim)
      assert.equal((await push(bot, message, chatid)).errcode, errcode)
      assert.equal(sim.messages().length > 0, errcode === 0)
    })
  }
})

test("15: a member who writes can be sent to from then on, and what is said is heard", () =>
  withBot(async (sim, bot) => {
    assert.equal((await push(bot, HELLO, "lisi")).errcode, 93006)
    const said = sim.say({ userid: "LISI", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
    assert.equal(said.state, "delivered")
    const { cmd, body } = await bot.heard()
    assert.equal(cmd, "aibot_msg_callback")
    assert.deepEqual(body?.["from"], { userid: "lisi" })
    assert.equal(body["chattype"], "single")
    assert.deepEqual(body["text"], { content: "在吗" })
    assert.equal((await push(bot, HELLO, "lisi")).errcode, 0)
  }))

test("15: what is said while no connection is there is lost: WeCom repeats no frame", async () => {
  await using sim = await startSimulator()
  const said = sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
  assert.equal(said.state, "kept")
  assert.throws(() => sim.say({ userid: "lisi", bot: "x", msgtype: "text", text: {} }), /bot is not a smart robot/)
})

test("15: a newer connection ends the older, which hears of it, answers pings, and sends nothing any more", () =>
  withBot(async (sim, older) => {
    await using newer = await botClient(sim)
    const told = await older.heard()
    assert.deepEqual(told.body?.["event"], { eventtype: "disconnected_event" })
    assert.equal((await older.ask("ping")).errcode, 0)
    assert.equal((await push(older)).errcode, 41001)
    assert.equal((await push(newer)).errcode, 0)
  }))

test("15: with bot_replaced closed the older connection is closed", () =>
  withBot(async (sim, older) => {
    sim.changeSettings({ bot_replaced: "closed" })
    const closed = once(older.socket, "close")
    await using _newer = await botClient(sim)
    await closed
  }))

test("31 messages in a minute to one conversation: 45009, and another conversation is not concerned", () =>
  withBot(async (sim, bot) => {
    sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
    for (let n = 0; n < 30; n++) assert.equal((await push(bot)).errcode, 0)
    assert.equal((await push(bot)).errcode, 45009)
    assert.equal((await push(bot, HELLO, "lisi")).errcode, 0)
    sim.advance(61)
    assert.equal((await push(bot)).errcode, 0)
  }))

suite("what is not settled, as switches", () => {
  test("15: a member who never wrote gets it", () =>
    withBot(async (sim, bot) => {
      sim.changeSettings({ bot_unknown_conversation: "show" })
      assert.equal((await push(bot, HELLO, "lisi")).errcode, 0)
    }))
  test("15: long markdown is cut", () =>
    withBot(async (sim, bot) => {
      sim.changeSettings({ bot_long_markdown: "cut" })
      assert.equal((await push(bot, { msgtype: "markdown", markdown: { content: "x".repeat(20_500) } })).errcode, 0)
      assert.equal(sim.messages()[0]?.body.markdown?.content?.length, 20_480)
    }))
  test("15: one robot serves only so many conversations", () =>
    withBot(async (sim, bot) => {
      sim.changeSettings({ bot_unknown_conversation: "show", limits: { bot_conversations: 1 } })
      assert.equal((await push(bot)).errcode, 0)
      assert.equal((await push(bot, HELLO, "lisi")).errcode, 45009)
      assert.equal((await push(bot)).errcode, 0)
    }))
})

// proves 32.bot-sim: smart robots in the simulator
suite("a card that was pressed", () => {
  const pressed = async (sim: Simulator, bot: BotClient): Promise<Frame> => {
    await push(bot, { msgtype: "template_card", template_card: CARD })
    const msgid = sim.messages()[0]?.msgid ?? ""
    const delivery = await sim.click({ userid: "zhangsan", msgid, key: "yes" })
    assert.equal(delivery.state, "delivered")
    return bot.heard()
  }
  const { task_id: taskId, ...face } = CARD
  const changed = { ...face, main_title: { title: "已上线" } }
  const update = (taskId: string): object => ({
    response_type: "update_template_card",
    template_card: { ...changed, task_id: taskId },
  })

  test("15: reaches the program with its key, and its new face is shown", () =>
    withBot(async (sim, bot) => {
      const { headers, body } = await pressed(sim, bot)
      const event = body?.["event"] as Record<string, unknown>
      assert.equal(event["eventtype"], "template_card_event")
      assert.equal(event["event_key"], "yes")
      assert.equal(event["task_id"], taskId)
      assert.equal((await bot.ask("aibot_respond_update_msg", update("other"), headers.req_id)).errcode, 42014)
      assert.equal((await bot.ask("aibot_respond_update_msg", update(taskId), headers.req_id)).errcode, 0)
      assert.equal(sim.messages()[0]?.body.template_card?.main_title?.title, "已上线")
    }))
  test("15: keeps its face 5 s later", () =>
    withBot(async (sim, bot) => {
      const { headers } = await pressed(sim, bot)
      sim.advance(6)
      assert.equal((await bot.ask("aibot_respond_update_msg", update(taskId), headers.req_id)).errcode, 846605)
      assert.equal(sim.messages()[0]?.body.template_card?.main_title?.title, "上线？")
    }))
  test("15: has a task_id of its own for each robot", () =>
    withBot(async (_sim, bot) => {
      assert.equal((await push(bot, { msgtype: "template_card", template_card: CARD })).errcode, 0)
      assert.equal((await push(bot, { msgtype: "template_card", template_card: CARD })).errcode, 42014)
    }))
})

suite("replies", () => {
  test("15: a text in pieces is one message that grows, and ends once", () =>
    withBot(async (sim, bot) => {
      sim.say({ userid: "zhangsan", bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })
      const { req_id: reqId } = (await bot.heard()).headers
      const piece = (content: string, finish: boolean): Promise<Frame> =>
        bot.ask("aibot_respond_msg", { msgtype: "stream", stream: { id: "s", content, finish } }, reqId)
      assert.equal((await piece("一", false)).errcode, 0)
      assert.equal((await piece("一二", true)).errcode, 0)
      assert.equal((await piece("一二三", true)).errcode, 846608)
      assert.deepEqual(
        sim.messages().map(({ body }) => body),
        [{ msgtype: "markdown", markdown: { content: "一二" } }],
      )
    }))
  test("15: a welcome is a text, within 5 s of coming in", () =>
    withBot(async (sim, bot) => {
      const welcome = { msgtype: "text", text: { content: "欢迎" } }
      sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "event", event: "enter_chat" })
      const first = await bot.heard()
      assert.equal((await bot.ask("aibot_respond_welcome_msg", welcome, first.headers.req_id)).errcode, 0)
      assert.equal(sim.messages({ userid: "lisi" })[0]?.body.text?.content, "欢迎")
      sim.say({ userid: "lisi", bot: "sim-bot", msgtype: "event", event: "enter_chat" })
      const second = await bot.heard()
      sim.advance(6)
      assert.equal((await bot.ask("aibot_respond_welcome_msg", welcome, second.headers.req_id)).errcode, 846605)
    }))
  test("15: an unknown req_id is 846605", () =>
    withBot(async (_sim, bot) => {
      assert.equal((await bot.ask("aibot_respond_msg", HELLO, "x")).errcode, 846605)
    }))
})

suite("a file in pieces", () => {
  const init = { type: "image", filename: "a.png", total_size: PNG.length, total_chunks: 1 }
  const chunk = { chunk_index: 0, base64_data: PNG.toString("base64") }

  test("15: becomes a medium that can be sent", () =>
    withBot(async (sim, bot) => {
      const { body } = await bot.ask("aibot_upload_media_init", init)
      const upload_id = body?.["upload_id"]
      assert.equal((await bot.ask("aibot_upload_media_chunk", { upload_id, ...chunk })).errcode, 0)
      const { body: medium } = await bot.ask("aibot_upload_media_finish", { upload_id })
      const media_id = String(medium?.["media_id"])
      assert.equal((await push(bot, { msgtype: "image", image: { media_id } })).errcode, 0)
      assert.equal(sim.messages()[0]?.body.image?.media_id, media_id)
    }))
  const rows: readonly [what: string, init: object, chunk: object | undefined, errcode: number][] = [
    ["over 100 pieces", { ...init, total_chunks: 101 }, undefined, 40058],
    ["of no known type", { ...init, type: "thumb" }, undefined, 40005],
    ["a piece that is none of them", init, { ...chunk, chunk_index: 1 }, 40058],
    ["a wrong md5", { ...init, md5: "0".repeat(32) }, chunk, 44001],
    ["not what it says", { ...init, type: "voice" }, chunk, 301017],
  ]
  for (const [what, init, chunk, errcode] of rows) {
    test(`15: ${what}: ${errcode}`, () =>
      withBot(async (_sim, bot) => {
        const begun = await bot.ask("aibot_upload_media_init", init)
        if (chunk === undefined) return assert.equal(begun.errcode, errcode)
        const upload_id = begun.body?.["upload_id"]
        const sent = await bot.ask("aibot_upload_media_chunk", { upload_id, ...chunk })
        const last = sent.errcode === 0 ? await bot.ask("aibot_upload_media_finish", { upload_id }) : sent
        assert.equal(last.errcode, errcode)
      }))
  }
})

suite("faults on frames", () => {
  test("15: an answer is lost, and the message is there", () =>
    withBot(async (sim, bot) => {
      sim.fault({ path: "aibot_send_msg", kind: "hang_after" })
      void push(bot)
      await sim.waitForMessage({ userid: "zhangsan" })
      assert.equal((await push(bot)).errcode, 0)
      assert.equal(sim.messages().length, 2)
    }))
  test("15: an answer is late", () =>
    withBot(async (sim, bot) => {
      sim.fault({ path: "aibot_send_msg", kind: "slow", delay_ms: 20 })
      assert.equal((await push(bot)).errcode, 0)
    }))
  for (const [kind, shown] of [
    ["reset_before", 0],
    ["reset_after", 1],
  ] as const) {
    test(`15: ${kind}: the connection is cut and ${shown} messages are there`, () =>
      withBot(async (sim, bot) => {
        sim.fault({ path: "aibot_send_msg", kind })
        const closed = once(bot.socket, "close")
        void push(bot)
        await closed
        assert.equal(sim.messages().length, shown)
      }))
  }
  test("15: a code of the tester's choice, with pings left alone by *", () =>
    withBot(async (sim, bot) => {
      sim.fault([
        { path: "*", kind: "errcode", errcode: -1 },
        { path: "aibot_send_msg", kind: "errcode", errcode: 846607 },
      ])
      assert.equal((await bot.ask("ping")).errcode, 0)
      assert.equal((await push(bot)).errcode, 846607)
      assert.throws(() => sim.fault({ path: "ping", kind: "drip", delay_ms: 1 }), /means nothing to a frame/)
    }))
  test("15: a handshake is refused", async () => {
    await using sim = await startSimulator()
    sim.fault({ path: "_bot", kind: "http_status", status: 502 })
    await assert.rejects(botClient(sim), /502/)
  })
})

test("15: frames are among the calls, without their secrets", () =>
  withBot(async (sim) => {
    const { calls } = (await (await fetch(`${sim.url}/_sim/calls`)).json()) as { calls: Record<string, unknown>[] }
    assert.equal(calls[0]?.["path"], "/_bot/aibot_subscribe")
    assert.ok(!JSON.stringify(calls).includes("sim-bot-secret"))
  }))

test("15: POST /_sim/phones/{userid}/say and GET /_sim/bots do it over HTTP, and name every bad field", async () => {
  await using sim = await startSimulator()
  const say = (body: object): Promise<Response> =>
    fetch(`${sim.url}/_sim/phones/lisi/say`, { method: "POST", body: JSON.stringify(body) })
  assert.equal((await say({ bot: "sim-bot", msgtype: "text", text: { content: "在吗" } })).status, 200)
  const bad = await say({ bot: "sim-bot", msgtype: "text", chatid: "x" })
  assert.equal(bad.status, 400)
  const paths = ((await bad.json()) as { errors: { path: string }[] }).errors.map(({ path }) => path)
  assert.deepEqual(paths.toSorted(), ["chatid", "text"])
  const { bots } = (await (await fetch(`${sim.url}/_sim/bots`)).json()) as { bots: Record<string, unknown>[] }
  assert.deepEqual(bots[0]?.["opened_by"], ["zhangsan", "lisi"])
})
