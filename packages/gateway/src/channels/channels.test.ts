import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { memoryTokenStore, undiciTransport } from "@wecom-push/sdk"
import { BotConnection, createApi, createKeyedApi, systemClock } from "@wecom-push/sdk/internals"
import type { Api } from "@wecom-push/sdk/internals"
import { appChatChannel } from "./app-chat/app-chat.ts"
import { appMessageChannel } from "./app-message/app-message.ts"
import type { Channel } from "./channel.ts"
import { ALWAYS_HELD } from "../model/ports/robot-lease.ts"
import { RobotLine } from "./smart-robot/robot-line.ts"
import { smartRobotChannel } from "./smart-robot/smart-robot.ts"
import { CHANNEL_RULES } from "./testing/channel-contract.ts"
import type { ChannelUnderTest, OpenChannel } from "./testing/channel-contract.ts"
import { groupRobotChannel } from "./group-robot/group-robot.ts"
import { FarSide } from "./testing/far-side.ts"
import { RobotSide } from "./testing/robot-side.ts"
import { toyChannel } from "./testing/toy-channel.ts"

async function underTest(sendPath: string, open: (url: string, resources: AsyncDisposableStack) => Channel) {
  const resources = new AsyncDisposableStack()
  const farSide = resources.use(await FarSide.start(sendPath))
  const channel = open(farSide.url, resources)
  return { channel, farSide, [Symbol.asyncDispose]: () => resources.disposeAsync() } satisfies ChannelUnderTest
}

const CHANNELS: Readonly<Record<string, OpenChannel>> = {
  "app message": () => ofAnApp("/cgi-bin/message/send", (api) => appMessageChannel(api, 7)),
  "app chat": () => ofAnApp("/cgi-bin/appchat/send", (api) => appChatChannel(api)),
  "group robot": () =>
    underTest("/cgi-bin/webhook/send", (baseUrl, resources) => {
      const transport = undiciTransport()
      resources.defer(() => transport.close())
      return groupRobotChannel(createKeyedApi({ baseUrl, key: "k", transport, clock: systemClock, language: "en" }))
    }),
  toy: openToy,
  "smart robot": openRobot,
}

function ofAnApp(sendPath: string, open: (api: Api) => Channel): Promise<ChannelUnderTest> {
  return underTest(sendPath, (baseUrl, resources) => {
    const transport = undiciTransport()
    resources.defer(() => transport.close())
    const api = createApi({
      baseUrl,
      corpId: "ww1",
      secret: "s",
      transport,
      tokenStore: memoryTokenStore(),
      clock: systemClock,
      language: "en",
      hooks: {},
    })
    return open(api)
  })
}

async function openRobot(): Promise<ChannelUnderTest> {
  const resources = new AsyncDisposableStack()
  const farSide = resources.use(await RobotSide.start())
  const line = resources.use(
    new RobotLine({
      host: "127.0.0.1",
      open: (onFrame, signal) =>
        BotConnection.open({ botId: "b", secret: "s", url: new URL(farSide.url), clock: systemClock, onFrame }, signal),
      clock: systemClock,
      lease: ALWAYS_HELD,
      onFrame: () => undefined,
      onState: () => undefined,
      random: () => 0,
    }),
  )
  farSide.heldByChannel = () => line.waiting
  const channel = smartRobotChannel(line, () => systemClock.now())
  return { channel, farSide, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

function openToy(change: (good: Channel, url: string) => Channel = (good) => good): Promise<ChannelUnderTest> {
  return underTest("/toy/send", (url, resources) => {
    const transport = undiciTransport()
    resources.defer(() => transport.close())
    return change(toyChannel(url, transport), url)
  })
}

for (const [name, open] of Object.entries(CHANNELS)) {
  suite(`channel: ${name}`, () => {
    for (const { title, check } of CHANNEL_RULES) {
      test(title, async () => {
        await using under = await open()
        await check(under)
      })
    }
  })
}

interface BrokenChannel {
  readonly name: string
  readonly caughtBy: string
  readonly change: (good: Channel, url: string) => Channel
}

const BROKEN: readonly BrokenChannel[] = [
  {
    name: "acknowledges what it has not sent",
    caughtBy: "a call that is accepted was sent, once, and exactly these bytes",
    change: ({ kind }) => ({
      kind,
      send: () => Promise.resolve({ kind: "answer", answer: { errcode: 0, errmsg: "ok" } }),
    }),
  },
  {
    name: "sends twice",
    caughtBy: "a call that is accepted was sent, once, and exactly these bytes",
    change: (good) => ({
      ...good,
      async send(call) {
        await good.send(call)
        return good.send(call)
      },
    }),
  },
  {
    name: "writes the bytes anew",
    caughtBy: "a call that is accepted was sent, once, and exactly these bytes",
    change: (good) => ({
      ...good,
      send: (call) => good.send({ ...call, body: JSON.stringify(JSON.parse(call.body)) }),
    }),
  },
  {
    name: "says of a lost answer that nothing was sent",
    caughtBy:
      "a call whose answer was lost may have arrived, and is not repeated, whether another try would do harm or not",
    change: (good) => ({
      ...good,
      async send(call) {
        const end = await good.send(call)
        return end.kind === "answer" ? end : { ...end, failure: { ...end.failure, code: "unreachable" } }
      },
    }),
  },
  {
    // Members would get the message again, from the app that `else` names.
    name: "says of a lost answer that there is no conversation",
    caughtBy:
      "a call whose answer was lost may have arrived, and is not repeated, whether another try would do harm or not",
    change: (good) => ({
      ...good,
      async send(call) {
        const end = await good.send(call)
        return end.kind === "answer" ? end : { kind: "answer", answer: { errcode: 93006, errmsg: "invalid chatid" } }
      },
    }),
  },
  {
    name: "says of what never left that it may have arrived",
    caughtBy: "a call that nothing took surely has not arrived",
    change: (good) => ({
      ...good,
      async send(call) {
        const end = await good.send(call)
        return end.kind === "answer" ? end : { ...end, failure: { ...end.failure, code: "in_doubt" } }
      },
    }),
  },
  {
    name: "keeps its connection when it gives up",
    caughtBy: "a call ends by its deadline, in doubt, and holds nothing afterwards",
    change: (good) => ({
      ...good,
      send: async (call) => {
        const gaveUp = new Promise<"gave up">((resolve) => {
          setTimeout(() => resolve("gave up"), Math.max(0, call.deadline - Date.now()))
        })
        const end = await Promise.race([good.send({ ...call, deadline: call.deadline + 7000 }), gaveUp])
        if (end !== "gave up") return end
        const failure = { code: "in_doubt", class: undefined, errcode: undefined, errmsg: "", kind: "timeout" } as const
        return { kind: "failure", failure }
      },
    }),
  },
  {
    name: "repeats what may be repeated",
    caughtBy:
      "a call whose answer was lost may have arrived, and is not repeated, whether another try would do harm or not",
    change: (good) => ({
      ...good,
      async send(call) {
        const end = await good.send(call)
        return end.kind === "failure" && call.repeatable ? good.send(call) : end
      },
    }),
  },
  {
    name: "takes a refusal for a failure",
    caughtBy: "a refusal is the answer, with WeCom's code, and nothing is repeated",
    change: (good) => ({
      ...good,
      async send(call) {
        const end = await good.send(call)
        if (end.kind === "failure" || end.answer.errcode === 0) return end
        const failure = { code: "refused", class: undefined, errcode: end.answer.errcode, errmsg: "", kind: undefined }
        return { kind: "failure", failure: { ...failure, code: "refused" } }
      },
    }),
  },
  {
    name: "has a recall of which its kind knows nothing",
    caughtBy: "it takes back and changes cards exactly where its kind says so",
    change: (good) => ({
      ...good,
      recall: () => Promise.resolve({ kind: "answer", answer: { errcode: 0, errmsg: "ok" } }),
    }),
  },
]

suite("channels that are broken on purpose", () => {
  for (const { name, caughtBy, change } of BROKEN) {
    // proves 31.port: what each channel must do
    test(`one that ${name} does not pass`, async () => {
      const broken: string[] = []
      for (const { title, check } of CHANNEL_RULES) {
        await using under = await openToy(change)
        try {
          await check(under)
        } catch (error) {
          assert.ok(error instanceof assert.AssertionError, String(error))
          broken.push(title)
        }
      }
      assert.ok(broken.includes(caughtBy), broken.join("; "))
    })
  }
})
