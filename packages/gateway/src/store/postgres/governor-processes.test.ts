import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { settingsFor } from "../../limits/testing/open-governor.ts"
import { newMigratedDatabase } from "./testing/migrated-database.ts"
import { openNode } from "./testing/open-store.ts"

const CHILD = join(import.meta.dirname, "testing/children/governed.ts")
const CALLS_AT_ONCE = 3
const MEMBER_PER_MINUTE = 4
const LOOKUPS_PER_MINUTE = 30
const CALL_MS = 300

suite(
  "N10: three processes with a governor each; one is killed, one hangs for longer than it may",
  { concurrency: 2 },
  () => {
    // proves N10: limits over dead and frozen nodes
    test("N10: no common limit is exceeded, the others get the shares of the dead and the frozen one, and that one continues later", async () => {
      await using world = await World.start("runs")
      const [one, two, three] = world.children
      await world.until(() => world.children.every(({ calls }) => calls >= 3))

      await world.inCallOf(one, "SIGKILL")
      const afterKill = await world.until(() => world.hasAllPlaces(two, three))
      assert.ok(afterKill < 15_000, `${afterKill} ms`)

      await world.inCallOf(two, "SIGSTOP")
      const afterStop = await world.until(() => world.hasAllPlaces(three))
      assert.ok(afterStop > 15_000, `what it had at work may still go out: ${afterStop} ms`)
      assert.ok(afterStop < 60_000, `${afterStop} ms`)
      await sleep(1000)

      const before = two.calls
      two.process.kill("SIGCONT")
      await world.until(() => two.calls > before)
      await sleep(2000)
      assert.equal(world.mostCalls, CALLS_AT_ONCE)
      const lookups = mostWithinMinute(world.lookups)
      // A look-up that was let through just before the kill was never made.
      assert.ok(lookups === LOOKUPS_PER_MINUTE || lookups === LOOKUPS_PER_MINUTE - 1, `${lookups} look-ups`)
      const few = [...world.members].filter(([member]) => member.startsWith("few"))
      const most = few.map(([, times]) => mostWithinMinute(times))
      // Members that the dead process held for a call that it did not make count too.
      assert.equal(Math.max(...most), MEMBER_PER_MINUTE, most.join())
    })

    // proves N10: limits over dead and frozen nodes
    test("N10, the control: a process whose clock does not see that it hung makes one call too many", async () => {
      await using world = await World.start("stands")
      const [one, two, three] = world.children
      await world.until(() => world.children.every(({ calls }) => calls >= 3))
      one.process.kill("SIGKILL")
      // The process may first ask the database, where the time has passed, before it begins a call.
      for (let tries = 0; tries < 6 && world.mostCalls === CALLS_AT_ONCE; tries++) {
        await world.inCallOf(two, "SIGSTOP")
        await world.until(() => world.hasAllPlaces(three))
        assert.equal(world.mostCalls, CALLS_AT_ONCE)
        two.process.kill("SIGCONT")
        await sleep(2000)
      }
      assert.ok(world.mostCalls > CALLS_AT_ONCE)
    })
  },
)

interface Child {
  readonly process: ChildProcess
  calls: number
}

/** Processes that share a database, and WeCom for them. */
class World implements AsyncDisposable {
  readonly children: readonly [Child, Child, Child]
  readonly members = new Map<string, number[]>()
  readonly lookups: number[] = []
  mostCalls = 0
  readonly #underWay: Child[] = []
  readonly #resources: AsyncDisposableStack
  #onCall: ((of: Child) => void) | undefined

  static async start(clock: "runs" | "stands"): Promise<World> {
    await using resources = new AsyncDisposableStack()
    const { url } = resources.use(await newMigratedDatabase())
    const { stores } = await openNode(url)
    const settings = settingsFor({ concurrentCalls: CALLS_AT_ONCE, memberPerMinute: MEMBER_PER_MINUTE })
    const app = { name: "alerts", corpId: "ww1", agentId: 1_000_002, settings, secrets: { secret: "s" } }
    await stores.apps.put(app, Date.now())
    await stores[Symbol.asyncDispose]()
    return new World(url, clock, resources.move())
  }

  private constructor(url: string, clock: string, resources: AsyncDisposableStack) {
    this.#resources = resources
    const start = (): Child => this.#start(url, clock)
    this.children = [start(), start(), start()]
  }

  /** Sends the signal at the moment at which a call of that process arrives. */
  async inCallOf(child: Child, signal: NodeJS.Signals): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onCall = (of) => {
      if (of !== child) return
      child.process.kill(signal)
      this.#onCall = undefined
      resolve()
    }
    await promise
  }

  /** Whether as many calls are under way as allowed, all of them of these processes. */
  hasAllPlaces(...children: readonly Child[]): boolean {
    return this.#underWay.length >= CALLS_AT_ONCE && this.#underWay.every((child) => children.includes(child))
  }

  /** @returns how many milliseconds it took */
  async until(isSo: () => boolean): Promise<number> {
    const from = performance.now()
    while (!isSo()) {
      assert.ok(
        this.children.every(({ process: { exitCode } }) => exitCode === null),
        "a process has ended by itself",
      )
      await sleep(10)
    }
    return performance.now() - from
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.children) {
      const ended = process.signalCode === null ? once(process, "exit") : undefined
      process.kill("SIGKILL")
      await ended
    }
    await this.#resources[Symbol.asyncDispose]()
  }

  #start(url: string, clock: string): Child {
    const words = ["--conditions=wecom-push-source", CHILD, url, clock]
    const child: Child = { process: spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] }), calls: 0 }
    const { stdin, stdout } = child.process
    assert.ok(stdin !== null && stdout !== null)
    // The process may be dead by then.
    stdin.on("error", () => {})
    createInterface({ input: stdout }).on("line", (line) => {
      const [id = "", what, member = ""] = line.split(" ")
      if (what === "lookup") {
        this.lookups.push(performance.now())
        stdin.write(`${id}\n`)
        return
      }
      const times = this.members.get(member) ?? []
      this.members.set(member, [...times, performance.now()])
      child.calls++
      this.#underWay.push(child)
      this.mostCalls = Math.max(this.mostCalls, this.#underWay.length)
      this.#onCall?.(child)
      setTimeout(() => {
        this.#underWay.splice(this.#underWay.indexOf(child), 1)
        stdin.write(`${id}\n`)
      }, CALL_MS)
    })
    return child
  }
}

function mostWithinMinute(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))
}
