import { setTimeout as sleep } from "node:timers/promises"
import type { LocalStores } from "../../../model/ports/stores.ts"
import { NOON } from "../../testing/build.ts"
import { callbackRules } from "../../testing/contract/callback-rules.ts"
import { eventRules } from "../../testing/contract/event-rules.ts"
import type { Rule } from "../../testing/contract/rule.ts"
import type { OpenedPostgres } from "../open.ts"
import type { TestDatabase } from "./cluster.ts"
import { EmptiedDatabase } from "./emptied-database.ts"
import { newMigratedDatabase } from "./migrated-database.ts"
import { openNode, underTest } from "./open-store.ts"
import type { PostgresUnderTest } from "./open-store.ts"
import { SetClock } from "./set-clock.ts"

interface Kept {
  readonly database: TestDatabase
  readonly emptied: EmptiedDatabase
  readonly clock: SetClock
  readonly node: OpenedPostgres | undefined
}

/**
 * Stores for tests that come one after another: all share one node, whose database is emptied in between. A test that
 * crashes it leaves the node that was opened after that.
 */
export class ReusedPostgres implements AsyncDisposable {
  /** Undefined while a test uses it, and when that has damaged it. */
  #kept: Kept | undefined

  /** Rules about events get a new database: their own events must be the first. */
  async openFor(rule: Rule): Promise<PostgresUnderTest> {
    if (OF_EVENTS.has(rule)) {
      await this[Symbol.asyncDispose]()
      this.#kept = undefined
    }
    return this.open()
  }

  async open(): Promise<PostgresUnderTest> {
    const { node, ...place } = this.#kept ?? (await newPlace())
    this.#kept = undefined
    const { database, emptied, clock } = place
    const openAgain = (): Promise<OpenedPostgres> => openNode(database.url)
    const use = new Use()
    let left: OpenedPostgres | undefined
    const leave = (opened: OpenedPostgres): Promise<void> => {
      left = opened
      return Promise.resolve()
    }
    const end = async (): Promise<void> => {
      await using spoilt = new AsyncDisposableStack()
      spoilt.use(database)
      spoilt.adopt(left, (opened) => opened?.stores[Symbol.asyncDispose]())
      if (left === undefined || !(await use.hasEnded())) return
      if (use.isRemembered) await left.stores[Symbol.asyncDispose]()
      await emptied.empty()
      await clock.set(NOON)
      this.#kept = { ...place, node: use.isRemembered ? undefined : left }
      spoilt.move()
    }
    return use.watch(underTest(node ?? (await openAgain()), { url: database.url, clock, openAgain, leave, end }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const kept = this.#kept
    await kept?.node?.stores[Symbol.asyncDispose]()
    await kept?.database[Symbol.asyncDispose]()
  }
}

const OF_EVENTS: ReadonlySet<Rule> = new Set([...eventRules, ...callbackRules])

async function newPlace(): Promise<Kept> {
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await newMigratedDatabase())
  const node = await openNode(database.url)
  resources.use(node.stores)
  const clock = await SetClock.stop(database.url, NOON)
  const emptied = await EmptiedDatabase.remember(database.url)
  resources.move()
  return { database, emptied, clock, node }
}

/** The use of a store by one test. */
class Use {
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #subscribed: (() => void)[] = []
  /** A node remembers something of it, besides its database. */
  isRemembered = false

  watch(store: PostgresUnderTest): PostgresUnderTest {
    const stores = Object.entries(store.stores).map(([name, one]) => [name, this.#watchOne(name, one)])
    return {
      ...store,
      stores: { ...store.stores, ...(Object.fromEntries(stores) as Omit<LocalStores, typeof Symbol.asyncDispose>) },
      crash: async () => this.watch(await store.crash()),
    }
  }

  #watchOne<T extends object>(name: string, store: T): T {
    return new Proxy(store, {
      get: (target, method) => {
        const value: unknown = Reflect.get(target, method, target)
        if (typeof value !== "function") return value
        return (...parameters: readonly unknown[]): unknown => {
          if (!FORGETTING.has(name)) this.isRemembered = true
          const result: unknown = Reflect.apply(value, target, parameters)
          if (method === "subscribe") this.#subscribed.push(result as () => void)
          if (result instanceof Promise) this.#follow(result)
          return result
        }
      },
    })
  }

  #follow(result: Promise<unknown>): void {
    const end = result.catch(() => {}).finally(() => this.#underWay.delete(end))
    this.#underWay.add(end)
  }

  /**
   * Everything that was begun has ended, if that does not take too long: a test that fails may leave something behind.
   */
  async hasEnded(): Promise<boolean> {
    for (const end of this.#subscribed) end()
    for (const until = performance.now() + LONGEST_WAIT_MS; this.#underWay.size > 0; await sleep(5)) {
      if (performance.now() > until) return false
    }
    return true
  }
}

/** Stores that keep nothing in memory from one call to the next, except for the life of the node. */
const FORGETTING: ReadonlySet<string> = new Set([
  "outbox",
  "reader",
  "events",
  "callbacks",
  "chat_changes",
  "chats",
  "conversations",
  "apps",
  "corps",
  "keys",
  "sources",
  "audit",
  "tokens",
  "lookups",
  "misses",
  "personTimes",
  "locks",
])
const LONGEST_WAIT_MS = 10_000
