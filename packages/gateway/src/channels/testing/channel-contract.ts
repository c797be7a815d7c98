import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { AttemptEnd } from "@wecom-push/protocol/delivery"
import type { Channel } from "../channel.ts"
import { REFUSED_WITH } from "./far-side.ts"
import type { OtherSide } from "./far-side.ts"

export interface ChannelUnderTest extends AsyncDisposable {
  readonly channel: Channel
  readonly farSide: OtherSide
}

export type OpenChannel = () => Promise<ChannelUnderTest>

export interface ChannelRule {
  readonly title: string
  readonly check: (under: ChannelUnderTest) => Promise<void>
}

/** The rules for every channel. Each channel that is broken on purpose breaks one of them. */
export const CHANNEL_RULES: readonly ChannelRule[] = [
  {
    title: "a call that is accepted was sent, once, and exactly these bytes",
    async check({ channel, farSide }) {
      const body = bodyOf("1", channel)
      const end = await send(channel, body)
      assert.equal(end.kind === "answer" && end.answer.errcode, 0)
      await settled()
      assert.deepEqual(farSide.sent, [body])
    },
  },
  {
    title: "a refusal is the answer, with WeCom's code, and nothing is repeated",
    async check({ channel, farSide }) {
      farSide.does = "refuses"
      const end = await send(channel, bodyOf("1", channel))
      assert.equal(end.kind === "answer" && end.answer.errcode, REFUSED_WITH)
      await settled()
      assert.equal(farSide.sent.length, 1)
    },
  },
  {
    title:
      "a call whose answer was lost may have arrived, and is not repeated, whether another try would do harm or not",
    async check({ channel, farSide }) {
      farSide.does = "cuts"
      for (const repeatable of [true, false]) {
        const before = farSide.sent.length
        const end = await send(channel, bodyOf("1", channel), { repeatable })
        assert.deepEqual([codeOf(end), farSide.sent.length - before], ["in_doubt", 1])
      }
    },
  },
  {
    title: "a call that nothing took surely has not arrived",
    async check({ channel, farSide }) {
      await farSide[Symbol.asyncDispose]()
      const end = await send(channel, bodyOf("1", channel))
      assert.ok(codeOf(end) !== "answer" && codeOf(end) !== "in_doubt", codeOf(end))
      assert.equal(farSide.sent.length, 0)
    },
  },
  {
    title: "a call ends by its deadline, in doubt, and holds nothing afterwards",
    async check({ channel, farSide }) {
      farSide.does = "hangs"
      const end = await send(channel, bodyOf("1", channel), { withinMs: SOON_MS })
      assert.equal(codeOf(end), "in_doubt")
      const deadline = performance.now() + PATIENCE_MS
      while (farSide.waiting > 0 && performance.now() < deadline) await sleep(5)
      assert.equal(farSide.waiting, 0)
    },
  },
  {
    title: "calls at once are each sent, and each has its own end",
    async check({ channel, farSide }) {
      const bodies = ["1", "2", "3"].map((text) => bodyOf(text, channel))
      const ends = await Promise.all(bodies.map((body) => send(channel, body)))
      assert.deepEqual(ends.map(codeOf), ["answer", "answer", "answer"])
      assert.deepEqual(farSide.sent.toSorted(), bodies.toSorted())
    },
  },
  {
    title: "it takes back and changes cards exactly where its kind says so",
    async check({ channel }) {
      assert.equal(channel.recall !== undefined, channel.kind.canRecall)
      assert.equal(channel.changeCard !== undefined, channel.kind.canChangeCards)
    },
  },
]

/** Long enough for a busy machine to send it. */
const SOON_MS = 1500
const PATIENCE_MS = 5000

interface Sending {
  readonly repeatable?: boolean
  readonly withinMs?: number
}

function send(channel: Channel, body: string, { repeatable = false, withinMs = 10_000 }: Sending = {}) {
  return channel.send({ body, repeatable, deadline: Date.now() + withinMs })
}

function bodyOf(text: string, { kind }: Channel): string {
  // No serializer writes JSON like this, so that a rewritten body is noticed.
  const part = `{ "msgtype":"text","text":{"content":"\\u4f60好 ${text}"}}`
  const named = (["robot", "user", "chat"] as const).find((one) => kind.most[one] > 0) ?? "user"
  return kind.bodyOf([{ kind: named, id: "zhangsan" }], { part, agentId: 7, number: 1 }, null)
}

function codeOf(end: AttemptEnd): string {
  return end.kind === "answer" ? "answer" : end.failure.code
}

/** Waits long enough for a second request that the test did not ask for. */
async function settled(): Promise<void> {
  await sleep(20)
}
