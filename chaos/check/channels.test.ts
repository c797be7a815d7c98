import assert from "node:assert/strict"
import { test } from "node:test"
import type { Addressee, Channel } from "../history.ts"
import { CHAT_APP, CHATS } from "../world.ts"
import { judgeChannels } from "./channels.ts"
import { judgeCopies } from "./copies.ts"
import { CHAT_PATH, FRAME_PATH, ROBOT_PATH } from "./evidence.ts"
import type { LedgerCall } from "./evidence.ts"
import { exchangeOf, RunByHand, summary } from "./testing.ts"

const [CHAT = ""] = CHATS
const PERSON = "m000001"

interface Way {
  readonly app: string
  readonly path: string
  readonly to: Addressee
  readonly target?: string
  readonly otherApp?: string
}

const WAYS: Readonly<Record<Channel, Way>> = {
  chat: { app: CHAT_APP.name, path: CHAT_PATH, to: { type: "chat", address: CHAT, person: null }, target: CHAT },
  robot: { app: "bell", path: ROBOT_PATH, to: { type: "robot", address: "bell", person: null } },
  bot: { app: "clerk", path: FRAME_PATH, to: { type: "user", address: PERSON, person: PERSON }, target: PERSON },
}
const CHANNELS = ["chat", "robot", "bot"] as const
const BESIDE = { ...WAYS.bot, otherApp: "hr" }

/** A run in which a message was posted and accepted; the test adds the rest. */
class ChannelRun extends RunByHand {
  readonly #way: Way

  constructor(channel: Channel, way: Way = WAYS[channel]) {
    super()
    this.#way = way
    const { app, to, otherApp } = way
    const post = { kind: "post", post: 1, app, topic: "t1", sendAt: null, lane: null, to: [to], channel } as const
    this.happen(0, { ...post, ...(otherApp !== undefined && { otherApp }) })
    this.accepted(1)
  }

  call(afterMs: number, call: Partial<LedgerCall> = {}): this {
    const { path, target } = this.#way
    return this.carry(afterMs, path, { ...(target !== undefined && { target }), ...call })
  }

  refused(afterMs: number, errcode: number): this {
    return this.call(afterMs, { errcode, shown: [] })
  }

  lose(seq: number, fault = "swallow_reply"): this {
    return this.happen(2, { kind: "wire", fault, path: this.#way.path, exchange: exchangeOf(seq) })
  }

  row(state: string, more: { readonly app?: string; readonly reason?: string } = {}): this {
    const { app, to } = this.#way
    return this.tell({ type: to.type, address: to.address, state, app, ...more })
  }
}

const verdict = (run: RunByHand): string => summary((evidence) => judgeChannels(evidence).faults, run)
const besideRun = (): ChannelRun => new ChannelRun("bot", BESIDE)
const botRun = (): ChannelRun => new ChannelRun("bot")
const doubt = { reason: "no_check" }

for (const channel of CHANNELS) {
  const run = (): ChannelRun => new ChannelRun(channel)

  test(`${channel}: told as sent and shown once is well, and the other rules leave it alone`, () => {
    const good = run().call(2).row("sent")
    assert.equal(verdict(good), "")
    assert.deepEqual(judgeCopies(good).faults, [])
    const { posts, targets, calls, shown, most } = judgeChannels(good).figures[channel]
    assert.deepEqual([posts, targets, calls, shown, most], [1, 1, 1, 1, 1])
  })

  // proves 32.kills: what was accepted is not lost
  test(`${channel}: what was accepted has a final state`, () => {
    assert.equal(verdict(run()), "lost 1")
    assert.equal(verdict(run().row("pending")), "lost 1")
    const refused = { kind: "tried", post: 1, outcome: "fail", status: 422, id: null, replayed: false } as const
    const never = run()
    never.happenings.splice(-1)
    assert.equal(verdict(never), "")
    assert.equal(verdict(never.happen(2, refused)), "untruthful 1")
    assert.equal(verdict(run().call(2).tell({ type: "user", address: "m000002" })), "lost 1")
  })

  // proves 32.kills: sent is what the other side shows
  test(`${channel}: sent and never shown is lost, and shown though told otherwise is untruthful`, () => {
    assert.equal(verdict(run().row("sent")), "lost 1")
    assert.equal(verdict(run().refused(2, -1).row("sent")), "lost 1")
    assert.equal(verdict(run().call(2).row("failed", { reason: "call_refused" })), "untruthful 2")
    assert.equal(verdict(run().call(2).row("sent", { app: "hr" })), "untruthful 1")
    assert.equal(verdict(run().call(2).row("in_doubt", doubt)), "")
    assert.equal(verdict(run().call(2).row("in_doubt")), "untruthful 1")
    assert.equal(verdict(run().row("cancelled")), "untruthful 1")
  })

  // proves 32.kills: nothing twice
  test(`${channel}: nothing is shown twice, and a call that was refused is made again`, () => {
    assert.equal(verdict(run().call(2).call(3).row("sent")), "duplicated 1")
    assert.equal(verdict(run().refused(2, -1).call(3).row("sent")), "")
  })

  // proves 32.kills: what has no check is in doubt when its answer was lost, and not repeated
  test(`${channel}: a call whose answer was lost is in doubt, and never made again`, () => {
    assert.equal(verdict(run().call(2).lose(1).row("in_doubt", doubt)), "")
    assert.equal(verdict(run().call(2).lose(1).row("sent")), "untruthful 1")
    assert.equal(verdict(run().refused(2, -1).lose(1).call(3).row("in_doubt", doubt)), "duplicated 1")
    // The answer may have been read before the rest of it was cut.
    const isFrame = channel === "bot"
    assert.equal(verdict(run().call(2).lose(1, "reset_reply").row("sent")), isFrame ? "untruthful 1" : "")
    assert.equal(verdict(run().call(2).lose(1, "delay_reply").row("sent")), "")
  })

  test(`${channel}: a message has one id, and what was not posted is not sent`, () => {
    assert.equal(verdict(run().accepted(2, { id: "msg_2" }).call(3).row("sent")), "duplicated 1")
    assert.equal(verdict(run().call(2).call(3, { topic: "t2" }).row("sent")), "unexpected 1")
    if (channel !== "robot")
      assert.equal(verdict(run().call(2).call(3, { target: "m000007" }).row("sent")), "unexpected 1")
  })

  // proves 32.kills: windows of chats, robots and conversations
  test(`${channel}: no target gets more in a minute than it may`, () => {
    const most = channel === "bot" ? 30 : 20
    const many = (count: number): ChannelRun => {
      const all = run()
      for (let calls = 0; calls < count; calls++) all.refused(2 + calls * 1000, -1)
      return all.call(200_000).row("sent")
    }
    assert.equal(verdict(many(most)), "")
    assert.equal(verdict(many(most + 1)), "unbounded 1")
    assert.equal(verdict(many(most).refused(100, 42001)), "")
    assert.equal(verdict(run().refused(2, 45009).call(200_000).row("sent")), "unbounded 1")
  })
}

test("chat: what WeCom drops over the rate of a member is lost", () => {
  assert.equal(verdict(new ChannelRun("chat").call(2, { dropped: ["m000002"] }).row("sent")), "lost 1")
})

test("chat: members beside it get it by message/send, where a repeat is kept back by the check", () => {
  const to: Addressee = { type: "user", address: PERSON, person: PERSON }
  const run = (): ChannelRun => new ChannelRun("chat", { ...WAYS.chat, to })
  assert.equal(
    verdict(
      run()
        .send(2)
        .send(3, { shown: [], suppressed: [PERSON] })
        .row("sent"),
    ),
    "",
  )
  assert.equal(verdict(run().send(2).send(3).row("sent")), "duplicated 1")
  assert.equal(
    verdict(
      run()
        .send(2, { shown: ["m000002"] })
        .row("cancelled"),
    ),
    "untruthful 1, unexpected 1",
  )
})

// proves 32.kills: else never after in doubt
test("bot: who is not opened gets it from the app beside, and never after an answer that was lost", () => {
  const run = besideRun
  const sent = { app: "hr" }
  assert.equal(verdict(run().refused(2, 93006).send(3).row("sent", sent)), "")
  assert.equal(judgeChannels(run().refused(2, 93006).send(3).row("sent", sent)).figures.bot.fromOther, 1)
  assert.equal(verdict(run().refused(2, 93006).send(3).row("sent")), "untruthful 1")
  assert.equal(verdict(run().send(3).row("sent", sent)), "unexpected 1")
  assert.equal(verdict(run().call(2).send(3).row("sent", sent)), "duplicated 1, unexpected 1")
  assert.equal(verdict(run().refused(2, 93006).lose(1).send(3).row("in_doubt", doubt)), "duplicated 1")
  // What a gateway does that takes a lost answer for 93006: once when the frame was shown, once when it never arrived.
  assert.equal(verdict(run().call(2).lose(1).send(3).row("sent", sent)), "duplicated 2, unexpected 1, untruthful 1")
  assert.equal(verdict(run().refused(2, 93006).lose(1).send(3).row("sent", sent)), "duplicated 1, untruthful 1")
  assert.equal(verdict(run().refused(2, 93006).lose(1, "cut").row("in_doubt", doubt)), "")
  assert.equal(verdict(run().refused(2, 93006).row("not_opened")), "untruthful 1")
})

test("bot: members are reported as not opened only when WeCom answered so", () => {
  const run = botRun
  assert.equal(verdict(run().refused(2, 93006).row("not_opened")), "")
  assert.equal(verdict(run().row("not_opened")), "untruthful 1")
  assert.equal(verdict(run().refused(2, 93006).call(3).row("not_opened")), "untruthful 1")
})
