import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as turnOfLoop } from "node:timers/promises"
import type { AppRecord } from "../../model/ports/apps.ts"
import type { Channel } from "../channel.ts"
import type { ChannelParts } from "../channels.ts"
import type { RobotLines, RobotLinesDeps } from "./robot-lines.ts"
import { SmartRobots } from "./smart-robots.ts"

// oxlint-disable typescript/no-unsafe-type-assertion -- what is never used is left out
const CALL = {} as Parameters<Channel["send"]>[0]

test("code that could not be loaded is logged and stops nothing, and the next send that needs it loads it", async () => {
  const told: string[] = []
  let tries = 0
  const deps = {
    apps: { list: () => Promise.resolve([{ kind: "bot" } as AppRecord]) },
    events: { subscribe: () => () => undefined },
    log: { error: (_fields: object, sentence: string) => told.push(sentence) },
  } as unknown as RobotLinesDeps
  const lines = {
    channelOf: () => ({ send: () => Promise.resolve("sent") }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  } as unknown as RobotLines
  await using robots = new SmartRobots(deps, () => {
    tries++
    return tries < 3 ? Promise.reject(new Error("no such file")) : Promise.resolve(lines)
  })
  while (told.length === 0) await turnOfLoop()
  assert.match(told.join("\n"), /^could not load the code of smart robots; start the gateway again$/)
  const channel = robots.channel().open({} as ChannelParts)
  await assert.rejects(channel.send(CALL), /no such file/)
  assert.equal(await channel.send(CALL), "sent")
  assert.equal(tries, 3)
})

test("the end waits for the search for robots that is under way, which uses the store, and then connects none", async () => {
  const found = Promise.withResolvers<AppRecord[]>()
  const deps = {
    apps: { list: () => found.promise },
    events: { subscribe: () => () => undefined },
  } as unknown as RobotLinesDeps
  const robots = new SmartRobots(deps, () => assert.fail("it connects robots"))
  let hasEnded = false
  const end = (async () => {
    await robots[Symbol.asyncDispose]()
    hasEnded = true
  })()
  await turnOfLoop()
  assert.equal(hasEnded, false)
  found.resolve([{ kind: "bot" } as AppRecord])
  await end
})
