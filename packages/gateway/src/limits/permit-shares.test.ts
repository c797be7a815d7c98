import assert from "node:assert/strict"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { nextUnhandledRejection } from "../../../../tools/testing/unhandled-rejection.ts"
import { StorageError } from "../model/storage-error.ts"
import type { PermitAsk, PermitGrant } from "../model/ports/shared-counts.ts"
import { PermitShares } from "./permit-shares.ts"
import type { PermitShare } from "./permit-shares.ts"

/** A node on a clock that moves only when a test calls `pass`, and the permits that other nodes leave. */
class World {
  readonly asks: (PermitAsk & { readonly at: number })[] = []
  /** How many asked in each exchange. */
  readonly exchanges: number[] = []
  readonly looks: { readonly at: number; readonly pools: readonly string[] }[] = []
  readonly watched: (readonly string[])[] = []
  readonly warnings: unknown[] = []
  readonly stopping = new AbortController()
  nowMs = 0
  /** How often the time was asked for. */
  timesRead = 0
  answer: (ask: PermitAsk) => PermitGrant = whatIsAsked
  /** An exchange waits for this, or fails with its error. */
  held: Promise<void> = Promise.resolve()
  lookHeld: Promise<void> = Promise.resolve()
  short: ReadonlySet<string> = new Set()
  readonly #shares: PermitShares
  readonly #tick: (ms: number) => void

  constructor(t: TestContext) {
    t.mock.timers.enable({ apis: ["setTimeout"] })
    this.#tick = (ms) => t.mock.timers.tick(ms)
    this.#shares = new PermitShares({
      slots: {
        exchange: async (all) => {
          this.asks.push(...all.map((ask) => ({ ...ask, at: this.nowMs })))
          this.exchanges.push(all.length)
          await this.held
          return all.map((ask) => this.answer(ask))
        },
        look: async (pools) => {
          this.looks.push({ at: this.nowMs, pools })
          await this.lookHeld
          return { short: this.short }
        },
      },
      watch: { look: (pools) => Promise.resolve(void this.watched.push(pools)) },
      log: { info: nothing, warn: (details) => void this.warnings.push(details), error: nothing },
      stopping: this.stopping.signal,
      now: () => {
        this.timesRead++
        return this.nowMs
      },
    })
  }

  /** Adds a user of up to ten permits. */
  join(pool = "calls"): User {
    return new User((user) => this.#shares.join(user), pool)
  }

  /** Runs everything that is due by then, each at its time. */
  async pass(ms: number): Promise<void> {
    for (let n = 0; n < ms; n++) {
      this.nowMs++
      await this.wake(1)
    }
  }

  /** Runs timers that became due while the process hung. */
  async wake(ms: number): Promise<void> {
    this.#tick(ms)
    await immediate()
    await immediate()
  }

  get askedAt(): readonly number[] {
    return this.asks.map(({ at }) => at)
  }

  get lookedAt(): readonly number[] {
    return this.looks.map(({ at }) => at)
  }
}

class User {
  readonly limit = 10
  readonly pool: string
  readonly share: PermitShare
  busy = 0
  demand = 0
  /** How often it was notified that its share may have changed. */
  changes = 0

  constructor(join: (user: User) => PermitShare, pool: string) {
    this.pool = pool
    this.share = join(this)
  }

  shareChanged(): void {
    this.changes++
  }

  /** Changes the numbers without a notice, except of the demand. */
  change(demand: number, busy = this.busy): void {
    this.demand = demand
    this.busy = busy
    this.share.demandChanged()
  }

  async want(demand: number, busy = this.busy): Promise<void> {
    this.change(demand, busy)
    await immediate()
    await immediate()
  }
}

function whatIsAsked({ keep, need }: PermitAsk): PermitGrant {
  return { held: Math.max(keep, need), share: need, othersAreShort: false }
}

function nothing(): void {}

test("permits are taken when there is use for them, and none without", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(0)
  await world.pass(1000)
  assert.deepEqual([world.asks.length, world.looks.length, user.share.usable], [0, 0, 0])
  await user.want(3)
  assert.deepEqual(world.asks, [{ pool: "calls", limit: 10, keep: 0, need: 3, at: 1000 }])
  assert.deepEqual([user.share.usable, user.share.held, user.changes], [3, 3, 1])
  await user.want(2)
  assert.equal(world.asks.length, 1)
})

test("no need is above what there is", async (t) => {
  const world = new World(t)
  await world.join().want(50)
  assert.equal(world.asks[0]?.need, 10)
})

test("use that is over before anything was asked costs nothing, then or later", async (t) => {
  const world = new World(t)
  const user = world.join()
  user.change(3)
  await user.want(0)
  const reads = world.timesRead
  await world.pass(60_000)
  assert.deepEqual([world.asks.length, world.looks.length], [0, 0])
  assert.ok(world.timesRead - reads < 5, "it does not wake up for it either")
})

test("use that is over while it is asked for is given back a second later", async (t) => {
  const world = new World(t)
  const user = world.join()
  const { promise, resolve } = Promise.withResolvers<void>()
  world.held = promise
  await user.want(3)
  await world.pass(200)
  await user.want(0)
  resolve()
  await immediate()
  assert.equal(user.share.held, 3)
  await world.pass(999)
  assert.deepEqual(world.askedAt, [0])
  await world.pass(1)
  assert.deepEqual(world.asks[1], { pool: "calls", limit: 10, keep: 0, need: 0, at: 1200 })
})

test("a node that hung uses nothing of what it held, until it has asked again", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  world.nowMs += 9999
  assert.equal(user.share.usable, 3)
  world.nowMs += 1
  assert.equal(user.share.usable, 0)
  world.answer = () => ({ held: 1, share: 1, othersAreShort: true })
  await world.wake(10_000)
  assert.deepEqual(world.asks.at(-1), { pool: "calls", limit: 10, keep: 3, need: 3, at: 10_000 })
  assert.equal(user.share.usable, 1)
})

test("what is granted may be used for ten seconds from when it was asked for, however long the answer took", async (t) => {
  const world = new World(t)
  const user = world.join()
  const { promise, resolve } = Promise.withResolvers<void>()
  world.held = promise
  await user.want(3)
  world.nowMs += 4000
  resolve()
  await immediate()
  world.nowMs += 5999
  assert.equal(user.share.usable, 3)
  world.nowMs += 1
  assert.equal(user.share.usable, 0)
})

test("what others are short of is looked for before anything is asked, and that takes nothing from the ten seconds", async (t) => {
  const world = new World(t)
  const user = world.join()
  const { promise, resolve } = Promise.withResolvers<void>()
  world.lookHeld = promise
  await user.want(3)
  assert.equal(world.asks.length, 0)
  world.nowMs += 4000
  resolve()
  await immediate()
  world.nowMs += 9999
  assert.equal(user.share.usable, 3)
})

test("a node that holds permits it uses reports that every three seconds", async (t) => {
  const world = new World(t)
  await world.join().want(3)
  await world.pass(9000)
  assert.deepEqual(world.askedAt, [0, 3000, 6000, 9000])
  assert.deepEqual(world.asks.at(-1), { pool: "calls", limit: 10, keep: 3, need: 3, at: 9000 })
})

test("pools in use are looked at twice a second, those of all users at once", async (t) => {
  const world = new World(t)
  await world.join("one").want(3)
  await world.pass(100)
  await world.join("two").want(3)
  await world.pass(1500)
  assert.deepEqual(world.lookedAt, [0, 100, 600, 1100, 1600], "and before the first slots of one")
  assert.deepEqual(world.looks.at(-1)?.pools, ["one", "two"])
  assert.deepEqual(
    world.watched,
    world.looks.map(({ pools }) => pools),
  )
  assert.deepEqual(world.exchanges, [1, 1], "no user asks for anything by that")
})

test("a node that needs more asks at once, ten milliseconds after it last did; what was seen of late is not looked at again", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await world.pass(5)
  await user.want(4)
  assert.deepEqual(world.askedAt, [0])
  await world.pass(5)
  await user.want(4)
  assert.deepEqual(world.askedAt, [0, 10])
  await world.pass(10)
  await user.want(5)
  assert.deepEqual(world.askedAt, [0, 10, 20])
  await world.pass(429)
  await user.want(6)
  assert.deepEqual([world.askedAt, world.lookedAt], [[0, 10, 20, 449], [0]])
})

test("what was seen less than 450 ms ago is not looked at again", async (t) => {
  const world = new World(t)
  const user = world.join()
  await world.pass(1000)
  await user.want(3)
  await world.pass(449)
  await user.want(4)
  assert.deepEqual([world.askedAt, world.lookedAt], [[1000, 1449], [1000]])
})

test("what ends while it is looked what others are short of is kept for a second all the same", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await world.pass(2999)
  const { promise, resolve } = Promise.withResolvers<void>()
  world.lookHeld = promise
  await world.pass(1)
  await user.want(0)
  resolve()
  await immediate()
  assert.deepEqual(world.asks.at(-1), { pool: "calls", limit: 10, keep: 3, need: 0, at: 3000 })
  await world.pass(1000)
  assert.deepEqual(world.asks.at(-1), { pool: "calls", limit: 10, keep: 0, need: 0, at: 4000 })
})

test("after 450 ms it is looked first what others are short of", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await world.pass(450)
  await user.want(4)
  assert.deepEqual(
    [world.askedAt, world.lookedAt],
    [
      [0, 450],
      [0, 450],
    ],
  )
})

test("an ask puts off the next look, which comes half a second after it", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await world.pass(100)
  await user.want(4)
  await world.pass(1000)
  assert.deepEqual(world.lookedAt, [0, 600, 1100])
})

test("a node that got less than it needs asks ten times a second", async (t) => {
  for (const held of [0, 2]) {
    t.mock.timers.reset()
    const world = new World(t)
    world.answer = () => ({ held, share: held, othersAreShort: false })
    await world.join().want(3)
    await world.pass(250)
    assert.deepEqual(world.askedAt, [0, 100, 200])
    assert.deepEqual(world.asks.at(-1), { pool: "calls", limit: 10, keep: held, need: 3, at: 200 })
  }
})

test("what is asked for in the same turn goes together, and while that is under way nothing more is asked", async (t) => {
  const world = new World(t)
  const [one, two] = [world.join("one"), world.join("two")]
  await one.want(3)
  await world.pass(100)
  const { promise, resolve } = Promise.withResolvers<void>()
  world.held = promise
  one.change(5)
  await two.want(1)
  assert.deepEqual(
    [world.exchanges, world.lookedAt],
    [
      [1, 2],
      [0, 100],
    ],
  )
  await two.want(4)
  await world.pass(1000)
  assert.deepEqual(world.exchanges, [1, 2])
  resolve()
  await immediate()
  await immediate()
  assert.deepEqual(world.exchanges, [1, 2, 1])
  assert.deepEqual([one.share.held, two.share.held], [5, 4])
})

test("while what was due by its time is under way nothing more is asked either", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await world.pass(2999)
  const { promise, resolve } = Promise.withResolvers<void>()
  world.held = promise
  await world.pass(1)
  await user.want(5)
  await world.pass(50)
  assert.deepEqual(world.askedAt, [0, 3000])
  resolve()
  await immediate()
  await immediate()
  assert.deepEqual(world.askedAt, [0, 3000, 3050])
})

test("each of two users asks at its own time", async (t) => {
  const world = new World(t)
  const [one, two] = [world.join("one"), world.join("two")]
  await one.want(3)
  await world.pass(700)
  world.answer = ({ pool, ...ask }) =>
    pool === "two" ? { held: 1, share: 1, othersAreShort: false } : whatIsAsked({ pool, ...ask })
  await two.want(2)
  await world.pass(250)
  assert.deepEqual(
    world.asks.map(({ pool, at }) => [pool, at]),
    [
      ["one", 0],
      ["two", 700],
      ["two", 800],
      ["two", 900],
    ],
  )
})

test("while others are short no more begin here than are its share, and what ends is given back", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(6, 6)
  world.answer = ({ keep }) => ({ held: keep, share: 2, othersAreShort: true })
  await world.pass(3000)
  assert.deepEqual([user.share.usable, user.share.held], [2, 6])
  await user.want(8)
  await user.want(5, 3)
  await world.pass(100)
  assert.equal(world.asks.at(-1)?.keep, 3)
  await user.want(3, 1)
  await world.pass(100)
  assert.equal(world.asks.at(-1)?.keep, 2)
})

test("a share that is more than was granted may not be used", async (t) => {
  const world = new World(t)
  const user = world.join()
  world.answer = () => ({ held: 2, share: 5, othersAreShort: true })
  await user.want(3)
  assert.equal(user.share.usable, 2)
})

/** Others are short: of six that are held here two may be used. */
async function withOthersShort(t: TestContext, busy: number): Promise<{ world: World; user: User }> {
  const world = new World(t)
  const user = world.join()
  await user.want(6, 6)
  world.answer = ({ keep }) => ({ held: keep, share: 2, othersAreShort: true })
  await world.pass(3000)
  await user.want(busy, busy)
  return { world, user }
}

test("while others are short, what is free here beyond its share goes back in ten milliseconds; until it is, it is tried ten times a second", async (t) => {
  const free = await withOthersShort(t, 2)
  assert.deepEqual(free.world.askedAt, [0, 3000])
  await free.world.pass(10)
  assert.deepEqual(free.world.asks.at(-1), { pool: "calls", limit: 10, keep: 2, need: 2, at: 3010 })
  await free.world.pass(100)
  assert.deepEqual(free.world.askedAt, [0, 3000, 3010, 3110], "what is its share it has leave to keep")
  t.mock.timers.reset()
  const { world } = await withOthersShort(t, 3)
  await world.pass(100)
  assert.deepEqual(world.askedAt, [0, 3000, 3100])
  assert.equal(world.asks.at(-1)?.keep, 3)
})

test("what is given back may not be used while it is given back", async (t) => {
  const { world, user } = await withOthersShort(t, 1)
  const { promise, resolve } = Promise.withResolvers<void>()
  world.held = promise
  await world.pass(10)
  assert.equal(world.asks.at(-1)?.keep, 1)
  assert.equal(user.share.usable, 1)
  resolve()
  await immediate()
  assert.equal(user.share.usable, 1)
})

test("no more is kept than was held, although more is under way", async (t) => {
  const world = new World(t)
  const user = world.join()
  world.answer = () => ({ held: 1, share: 1, othersAreShort: true })
  await user.want(1)
  await user.want(2, 2)
  await world.pass(100)
  assert.equal(world.asks.at(-1)?.keep, 1)
})

test("a node without use for its permits while others are short gives them back at once", async (t) => {
  const { world, user } = await withOthersShort(t, 0)
  await world.pass(10)
  assert.deepEqual(world.asks.at(-1), { pool: "calls", limit: 10, keep: 0, need: 0, at: 3010 })
  assert.deepEqual([user.share.held, user.share.usable], [0, 0])
})

test("a look that finds others short makes those ask who hold permits of that pool, and no one else", async (t) => {
  const world = new World(t)
  const [one, two] = [world.join("one"), world.join("two")]
  one.change(5)
  await two.want(5)
  await one.want(2, 2)
  world.short = new Set(["one"])
  await world.pass(500)
  assert.deepEqual(world.asks.slice(2), [{ pool: "one", limit: 10, keep: 2, need: 2, at: 500 }])
  assert.deepEqual([one.share.held, two.share.held], [2, 5])
})

test("a second after the last call everything is given back, and then nothing is asked any more", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await world.pass(100)
  await user.want(0)
  await world.pass(500)
  user.change(0)
  await world.pass(499)
  assert.equal(world.asks.length, 1)
  await world.pass(1)
  assert.deepEqual(world.asks[1], { pool: "calls", limit: 10, keep: 0, need: 0, at: 1100 })
  assert.deepEqual([user.share.held, user.share.usable], [0, 0])
  const looks = world.looks.length
  const reads = world.timesRead
  await world.pass(60_000)
  assert.deepEqual([world.asks.length, world.looks.length, world.timesRead], [2, looks, reads])
})

test("a node that gave everything back asks at once when there is use for it again", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await user.want(0)
  await world.pass(1000)
  await user.want(2)
  assert.deepEqual(world.askedAt, [0, 1000, 1000])
  assert.equal(user.share.usable, 2)
})

test("a call that begins in that second lets it begin anew", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await user.want(0)
  await world.pass(800)
  await user.want(1)
  await world.pass(400)
  await user.want(0)
  await world.pass(999)
  assert.equal(world.asks.length, 1)
  await world.pass(1)
  assert.deepEqual([world.asks[1]?.at, world.asks[1]?.keep], [2200, 0])
})

test("a call that was not reported, as one that tries whether WeCom is there again, keeps what is held", async (t) => {
  const world = new World(t)
  const user = world.join()
  await user.want(3)
  await user.want(0)
  user.demand = 1
  await world.pass(3000)
  assert.deepEqual(world.asks.slice(1), [{ pool: "calls", limit: 10, keep: 3, need: 1, at: 3000 }])
})

test("trouble with the store is logged once, it is asked again after half a second, and the next trouble is logged again", async (t) => {
  const world = new World(t)
  const user = world.join()
  const trouble = new StorageError("storage_error")
  world.answer = () => {
    throw trouble
  }
  await user.want(3)
  await world.pass(1400)
  assert.deepEqual(world.askedAt, [0, 500, 1000])
  assert.deepEqual([world.warnings, user.share.usable], [[{ code: "storage_error" }], 0])
  world.answer = whatIsAsked
  await world.pass(100)
  assert.equal(user.share.usable, 3)
  await world.pass(2999)
  assert.equal(world.asks.length, 4)
  world.answer = () => {
    throw trouble
  }
  await world.pass(1)
  assert.deepEqual([world.askedAt.at(-1), world.warnings.length], [4500, 2])
})

// proves D2: a server lost in use
test("D2: while the store is in trouble it is asked twice a second, however often calls begin and end", async (t) => {
  const world = new World(t)
  const user = world.join()
  world.answer = () => {
    throw new StorageError("storage_error")
  }
  for (let ms = 0; ms < 1400; ms += 10) {
    await user.want(1 + ((ms / 10) % 5))
    await world.pass(10)
  }
  assert.deepEqual(world.askedAt, [0, 500, 1000])
  world.answer = whatIsAsked
  await world.pass(100)
  await user.want(7)
  await world.pass(10)
  assert.deepEqual([world.askedAt.at(-1), user.share.usable], [1510, 7])
})

test("a mistake of ours is no trouble with the store: it ends the process", async (t) => {
  const world = new World(t)
  const mistake = new TypeError("a mistake")
  world.answer = () => {
    world.answer = whatIsAsked
    throw mistake
  }
  const unhandled = nextUnhandledRejection()
  await world.join().want(3)
  assert.equal(await unhandled, mistake)
  assert.deepEqual(world.warnings, [])
})

test("once the node stops it asks for nothing, and what fails by that is no trouble", async (t) => {
  const world = new World(t)
  const [user, later] = [world.join("one"), world.join("two")]
  const { promise, reject } = Promise.withResolvers<void>()
  world.held = promise
  await user.want(3)
  world.stopping.abort()
  reject(new StorageError("storage_error"))
  await immediate()
  await later.want(1)
  await world.pass(2000)
  assert.deepEqual([world.exchanges, world.warnings], [[1], []])
})
