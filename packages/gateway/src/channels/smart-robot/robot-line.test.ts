import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setImmediate as turn } from "node:timers/promises"
import { TransportFault } from "@wecom-push/sdk"
import { SignInRefused } from "@wecom-push/sdk/internals"
import type { BotConnection, ConnectionEnd } from "@wecom-push/sdk/internals"
import { heldClock } from "../../../../sdk/src/testing/held-clock.ts"
import type { HeldClock } from "../../../../sdk/src/testing/held-clock.ts"
import { BOT_TAKEN } from "@wecom-push/protocol/delivery"
import { smartRobotChannel } from "./smart-robot.ts"
import { RobotLine } from "./robot-line.ts"

/** A line whose connections a test makes and ends. */
interface Rig extends AsyncDisposable {
  readonly line: RobotLine
  readonly clock: HeldClock
  /** How often a connection was asked for. */
  readonly opened: () => number
  readonly sent: () => number
  isHeld: boolean
  /** The error of the next tries; undefined: they get a connection. */
  failure: Error | undefined
  /** The next tries wait for this. */
  signIn: Promise<void> | undefined
  /** Ends the present connection. */
  end(how: ConnectionEnd): Promise<void>
  advance(ms: number): Promise<void>
}

async function rig(): Promise<Rig> {
  const clock = heldClock()
  let opened = 0
  let sent = 0
  let endOne: ((how: ConnectionEnd) => void) | undefined
  const state = {
    isHeld: true,
    failure: undefined as Error | undefined,
    signIn: undefined as Promise<void> | undefined,
  }
  const open = async (): Promise<BotConnection> => {
    opened++
    if (state.failure !== undefined) throw state.failure
    await state.signIn
    const { promise, resolve } = Promise.withResolvers<ConnectionEnd>()
    let isOpen = true
    endOne = (how) => {
      isOpen = false
      resolve(how)
    }
    const connection: Partial<BotConnection> = {
      ended: promise,
      get isOpen() {
        return isOpen
      },
      get waiting() {
        return 0
      },
      request() {
        sent++
        return Promise.resolve({ errcode: 0, errmsg: "ok", body: {} })
      },
      close: () => endOne?.("closed"),
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the line uses of it
    return connection as BotConnection
  }
  const deps = { host: "wecom.example", open, clock, onFrame: () => undefined, onState: () => undefined }
  const lease = {
    get isHeld() {
      return state.isHeld
    },
    confirm: () => Promise.resolve(state.isHeld),
  }
  const line = new RobotLine({ ...deps, lease, random: () => 1 })
  await settle()
  return Object.assign(state, {
    line,
    clock,
    opened: () => opened,
    sent: () => sent,
    async end(how: ConnectionEnd) {
      endOne?.(how)
      await settle()
    },
    async advance(ms: number) {
      clock.advance(ms)
      await settle()
    },
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  })
}

async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn()
}

const send = (line: RobotLine, now: number) =>
  smartRobotChannel(line, () => now).send({ body: "{}", repeatable: false, deadline: now + 60_000 })

// proves 32.bot-line: a robot's connection in the gateway
suite("the connection of a robot", () => {
  test("is made again after 1, 2, 4 … 60 s", async () => {
    await using one = await rig()
    one.failure = new TransportFault("refused", false, { host: "wecom.example" })
    await one.end("lost")
    for (const [index, seconds] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      assert.equal(one.opened(), index + 1)
      await one.advance(seconds * 1000 - 1)
      assert.equal(one.opened(), index + 1)
      await one.advance(1)
    }
    one.failure = undefined
    await one.advance(60_000)
    assert.equal(one.line.isConnected, true)
  })
  // proves 32.bot-line: its end
  test("that is made while the line ends is ended as well", async () => {
    const one = await rig()
    const { promise, resolve } = Promise.withResolvers<void>()
    one.signIn = promise
    await one.end("lost")
    await one.advance(1000)
    assert.equal(one.opened(), 2)
    const ended = one.line[Symbol.asyncDispose]()
    resolve()
    await ended
    assert.equal(one.line.isConnected, false)
  })
  test("that another program has taken pauses the robot, and is tried after 1, 2, 4 … 60 minutes", async () => {
    await using one = await rig()
    const minutes = [1, 2, 4, 8, 16, 32, 60, 60]
    for (const [index, wait] of minutes.entries()) {
      await one.end("replaced")
      const end = await send(one.line, one.clock.now())
      assert.ok(end.kind === "failure")
      const { code, class: errorClass, errmsg } = end.failure
      assert.deepEqual([code, errorClass, errmsg], ["unreachable", "configuration", BOT_TAKEN])
      await one.advance(wait * 60_000 - 1)
      assert.equal(one.opened(), index + 1)
      await one.advance(1)
      assert.equal(one.opened(), index + 2)
    }
    assert.equal(one.sent(), 0)
  })
  test("carries no frame without the lease, and is not made again: another gateway has the robot", async () => {
    await using one = await rig()
    one.isHeld = false
    const end = await send(one.line, one.clock.now())
    assert.equal(end.kind === "failure" && end.failure.code, "unreachable")
    assert.equal(one.sent(), 0)
    await one.end("replaced")
    await one.advance(1000)
    await one.advance(3_600_000)
    assert.equal(one.opened(), 1)
    assert.notEqual(one.line.trouble?.kind, "taken")
    one.isHeld = true
    await one.advance(500)
    assert.equal(one.line.isConnected, true)
  })
  test("whose sign-in is refused says so with WeCom's code", async () => {
    await using one = await rig()
    one.failure = new SignInRefused({ errcode: 40001, errmsg: "invalid credential", body: {} })
    await one.end("lost")
    await one.advance(1000)
    const end = await send(one.line, one.clock.now())
    assert.deepEqual(end.kind === "failure" && [end.failure.code, end.failure.class, end.failure.errcode], [
      "refused",
      "configuration",
      40001,
    ])
  })
})
