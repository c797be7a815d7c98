import assert from "node:assert/strict"
import { isDeepStrictEqual } from "node:util"
import { positionAt } from "../../../model/recipients.ts"
import type { RecipientPosition } from "../../../model/recipients.ts"
import { PRIORITIES } from "../../../model/message.ts"
import type {
  CallRef,
  CallStart,
  ClaimedMessage,
  FrozenCall,
  NewCallShare,
  Settlement,
} from "../../../model/ports/outbox.ts"
import type { StoredEvent } from "../../../model/ports/events.ts"
import type { MessageDetail } from "../../../model/ports/reader.ts"
import type { LocalOutbox } from "../../../model/ports/stores.ts"
import { PARTY, aCall, aRequest, chunksOf, HOUR_MS, NOON } from "../../testing/build.ts"
import type { StoreUnderTest } from "../../testing/contract/rule.ts"
import { openTemporary } from "../../testing/open-store.ts"
import type { PostgresUnderTest } from "./open-store.ts"
import { APPS } from "./random-steps.ts"
import type { Step, StepOf } from "./random-steps.ts"
import { changeOf, outcomeOf } from "./step-effects.ts"

/** A claimed message, with each store's claim. */
interface Held {
  readonly messageId: string
  readonly app: string
  readonly claims: readonly [number, number]
}

interface InFlight extends CallRef {
  readonly attempt: number
  readonly positions: readonly RecipientPosition[]
  /** The calls of the messages that share it. */
  readonly shares: readonly (CallRef & { readonly positions: readonly RecipientPosition[] })[]
}

/** A store on SQLite and one on PostgreSQL that get the same calls, and must answer and store the same. */
export class StorePair implements AsyncDisposable {
  #stores: [StoreUnderTest, PostgresUnderTest]
  #now = NOON
  readonly #ids: string[] = []
  #compared = 0
  /** Each message's state on SQLite when the two were last compared. */
  readonly #asLast = new Map<string, object>()
  readonly #held = new Map<string, Held>()
  #inFlight: InFlight[] = []
  /** The stores of processes that were killed. */
  readonly #former: AsyncDisposable[] = []

  static async open(openPostgres: () => Promise<PostgresUnderTest>): Promise<StorePair> {
    return new StorePair([await openTemporary(), await openPostgres()])
  }

  private constructor(stores: [StoreUnderTest, PostgresUnderTest]) {
    this.#stores = stores
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "accept":
        return this.#accept(step)
      case "claim":
        return this.#claim()
      case "begin":
        return this.#begin(step)
      case "repeat":
        return this.#repeat(step)
      case "settle":
        return this.#settle(step)
      case "release":
        return this.#release(step)
      case "update":
        return this.#update(step)
      case "delayCall":
        return this.#delayCall(step)
      case "letLaneGoOn":
        return this.#letLaneGoOn(step)
      case "makeAppDue":
        return this.#both((outbox) => outbox.makeAppDue(step.app, this.#now))
      case "makeDue": {
        const id = of(this.#ids, step.which)
        if (id !== undefined) await this.#both((outbox) => outbox.makeDue([id], this.#now))
        return
      }
      case "wait":
        return this.#pass(step.ms)
      case "crash":
        return this.#crash()
    }
  }

  #pass(ms: number): Promise<void> {
    this.#now += ms
    return this.#stores[1].clock.set(this.#now)
  }

  /**
   * Compares what can be read of either: each message that has changed on SQLite, and every fourth of the others, so
   * that a change on PostgreSQL alone does not stay unnoticed for long.
   * @param which all, at the end
   */
  async compare(which: "some" | "all" = "some"): Promise<void> {
    this.#compared++
    const [sqlite, postgres] = this.#stores
    const told = [await this.#told(sqlite), await this.#told(postgres)] as const
    for (const [index, id] of this.#ids.entries()) {
      const expected = await this.#read(sqlite, id, told[0])
      const isTurn = which === "all" || (index + this.#compared) % 4 === 0
      if (!isTurn && isDeepStrictEqual(expected, this.#asLast.get(id))) continue
      this.#asLast.set(id, expected)
      assert.deepEqual(await this.#read(postgres, id, told[1]), expected)
    }
    assert.deepEqual(await this.#list(postgres), await this.#list(sqlite))
  }

  #told({ stores: { events } }: StoreUnderTest): Promise<readonly StoredEvent[]> {
    return events.since(0, { limit: 1000, apps: "all" })
  }

  async #read(
    { stores: { reader, outbox } }: StoreUnderTest,
    messageId: string,
    told: readonly StoredEvent[],
  ): Promise<object> {
    const page = { messageId, limit: 100 }
    return {
      message: withoutLane(await reader.message(messageId, { apps: "all", now: this.#now }), this.#now),
      recipients: (await reader.recipients(page)).items,
      attempts: (await reader.attempts(page)).items,
      calls: (await reader.calls(page)).items,
      chunks: await outbox.chunks({ messageId, from: 0, count: 10 }),
      open: await outbox.openCalls(messageId),
      // The events of one commit have no promised order.
      events: told.filter((event) => event.messageId === messageId).map((event) => without(event, "id")),
    }
  }

  async #list({ stores: { reader } }: StoreUnderTest): Promise<object> {
    return {
      listed: (await reader.messages({ apps: "all", now: this.#now, limit: 100 })).items.map(({ id, state }) => [
        id,
        state,
      ]),
      unfinished: (await reader.unfinished()).map(({ app, keyId, count }) => `${app} ${keyId} ${count}`).toSorted(),
    }
  }

  async #accept({
    app,
    priority,
    orderKey,
    people,
    afterMs,
    expiresAfterMs,
    key,
    isFreedByEnd,
    fingerprint,
    trace,
  }: StepOf<"accept">): Promise<void> {
    const id = `msg_${this.#ids.length + 1}`
    const idempotency = key && {
      client: "c",
      key,
      fingerprint,
      expiresAt: this.#now + HOUR_MS,
      ...(isFreedByEnd && { isFreedByEnd: true as const }),
    }
    const addresses = Array.from({ length: people }, (_, n) => `1380000000${n}`)
    const request = () =>
      aRequest({
        id,
        app,
        keyId: `key_${people % 2}`,
        priority,
        ...(orderKey && { orderKey }),
        ...(trace && { trace }),
        acceptedAt: this.#now,
        sendAt: this.#now + afterMs,
        expiresAt: this.#now + afterMs + expiresAfterMs,
        to: addresses,
        chunks: chunksOf(addresses),
        ...(idempotency && { idempotency }),
      })
    const result = await this.#both((outbox) => outbox.accept(request()))
    if (result.kind === "accepted") this.#ids.push(id)
  }

  /** Claims everything that is due or expired: each store decides for which of the two a message is handed out. */
  async #claim(): Promise<void> {
    const taken: ClaimedMessage[][] = []
    for (const { stores } of this.#stores) {
      const all: ClaimedMessage[] = []
      for (const app of APPS) {
        for (const priority of PRIORITIES) {
          all.push(...(await stores.outbox.claim({ app, priority, now: this.#now, limit: 100, leaseMs: 1e12 })))
        }
      }
      all.push(...(await stores.outbox.claimExpired({ now: this.#now, limit: 100, leaseMs: 1e12 })))
      taken.push(all)
    }
    this.#keep(taken)
  }

  async #someHeld(which: number): Promise<Held | undefined> {
    if (this.#held.size === 0) await this.#claim()
    return of([...this.#held.values()], which)
  }

  #keep([sqlite = [], postgres = []]: readonly (readonly ClaimedMessage[])[]): void {
    assert.deepEqual(plain(postgres), plain(sqlite), "what is handed out")
    for (const { messageId, message, claim } of sqlite) {
      const other = postgres.find((one) => one.messageId === messageId)?.claim ?? -1
      this.#held.set(messageId, { messageId, app: message.app, claims: [claim, other] })
    }
  }

  async #begin({ which, people, body, isShared }: StepOf<"begin">): Promise<void> {
    const held = await this.#someHeld(which)
    if (held === undefined) return
    const positions = await this.#free(held.messageId, people)
    if (positions.length === 0) return
    const number = (await this.#lastNumber(held.messageId)) + 1
    const sharers: { held: Held; number: number; positions: readonly RecipientPosition[] }[] = []
    for (const other of isShared ? this.#held.values() : []) {
      if (other === held || other.app !== held.app) continue
      const free = await this.#free(other.messageId, people)
      if (free.length > 0)
        sharers.push({ held: other, number: (await this.#lastNumber(other.messageId)) + 1, positions: free })
    }
    const guard =
      body === "own" ? undefined : { hash: body.repeat(64), windowMs: HOUR_MS, bodyWithoutCheck: `{"${body}":0}` }
    const starts = this.#stores.map((_, side): CallStart => {
      const shares = sharers.map((one): NewCallShare => ({
        messageId: one.held.messageId,
        claim: one.held.claims[side] ?? 0,
        number: one.number,
        positions: one.positions,
        body: `{"touser":"${one.held.messageId}"}`,
      }))
      return {
        messageId: held.messageId,
        claim: held.claims[side] ?? 0,
        number,
        startedAt: this.#now,
        frozen: aCall({
          // One of the apps sends through another channel, and counts for another party.
          ...(held.app === "hr" && { kind: "group_robot", party: { ...PARTY, kind: "robot" } }),
          body: `{"touser":"${held.messageId} ${number} ${body}"}`,
          positions,
          ...(guard && { guard }),
          ...(shares.length > 0 && { shares }),
        }),
      }
    })
    const started = await this.#both((outbox, side) => outbox.begin(starts[side] === undefined ? [] : [starts[side]]))
    for (const { messageId, attempt } of started) {
      this.#inFlight.push({
        messageId,
        number,
        attempt,
        positions,
        shares: sharers.map((one) => ({ messageId: one.held.messageId, number: one.number, positions: one.positions })),
      })
    }
  }

  async #repeat({ which }: StepOf<"repeat">): Promise<void> {
    const held = await this.#someHeld(which)
    if (held === undefined) return
    const call = of(await this.#sqlite.openCalls(held.messageId), which)
    if (call === undefined) return
    const { messageId, number } = call
    const started = await this.#both((outbox, side) =>
      outbox.begin([{ messageId, claim: held.claims[side] ?? 0, number, startedAt: this.#now }]),
    )
    for (const { attempt } of started) this.#inFlight.push(await this.#again(call, attempt))
  }

  async #again({ messageId, number, positions, shares = [] }: FrozenCall, attempt: number): Promise<InFlight> {
    const all: InFlight["shares"][number][] = []
    for (const share of shares) {
      const open = await this.#sqlite.openCalls(share.messageId)
      all.push({ ...share, positions: open.find((one) => one.number === share.number)?.positions ?? [] })
    }
    return { messageId, number, attempt, positions, shares: all }
  }

  async #settle({ which, how, isRepeated, isDue }: StepOf<"settle">): Promise<void> {
    const flight = of(this.#inFlight, which)
    if (flight === undefined) return
    // An answer takes some time.
    await this.#pass(1)
    // Now and then it is settled twice.
    if (!isRepeated) this.#inFlight = this.#inFlight.filter((one) => one !== flight)
    const settlement = (ref: CallRef, positions: readonly RecipientPosition[], isShare: boolean): Settlement => ({
      messageId: ref.messageId,
      number: ref.number,
      attempt: flight.attempt,
      finishedAt: this.#now,
      ...outcomeOf(how, { call: ref.number, positions, now: this.#now }),
      ...(isShare && isDue && { dueAt: this.#now }),
    })
    const all = [
      settlement(flight, flight.positions, false),
      ...flight.shares.map((share) => settlement(share, share.positions, true)),
    ]
    await this.#both((outbox) => outbox.settle(all))
    await this.#letGo()
  }

  async #release({ which, afterMs, holdsLane }: StepOf<"release">): Promise<void> {
    const held = of([...this.#held.values()], which)
    if (held === undefined) return
    await this.#giveBack(held, this.#now + afterMs, holdsLane === undefined ? undefined : this.#now + holdsLane)
  }

  async #giveBack(held: Held, nextAt: number, holdsLaneUntil?: number): Promise<void> {
    this.#held.delete(held.messageId)
    await this.#both((outbox, side) =>
      outbox.release([
        {
          messageId: held.messageId,
          claim: held.claims[side] ?? 0,
          nextAt,
          ...(holdsLaneUntil !== undefined && { holdsLaneUntil }),
        },
      ]),
    )
  }

  /** Claims of finished messages end. */
  async #letGo(): Promise<void> {
    for (const held of Array.from(this.#held.values())) {
      const message = await this.#stores[0].stores.reader.message(held.messageId, { apps: "all", now: this.#now })
      if (message?.finishedAt !== undefined) await this.#giveBack(held, this.#now)
    }
  }

  async #update({ which, how, who }: StepOf<"update">): Promise<void> {
    const messageId = of(this.#ids, which)
    if (messageId === undefined) return
    const open = await this.#sqlite.openCalls(messageId)
    const chunks = await this.#sqlite.chunks({ messageId, from: 0, count: 10 })
    const change = changeOf(how, { chunks, open, who, now: this.#now })
    await this.#both((outbox) => outbox.update({ messageId, at: this.#now, updates: [], ...change }))
    await this.#letGo()
  }

  async #delayCall({ which }: StepOf<"delayCall">): Promise<void> {
    const messageId = of(this.#ids, which)
    if (messageId === undefined) return
    const call = of(await this.#sqlite.openCalls(messageId), which)
    if (call === undefined) return
    const delay = { untilMs: this.#now + 30_000, reason: "app_paused" as const }
    await this.#both((outbox) => outbox.delayCall(call, call.attempts, delay))
  }

  async #letLaneGoOn({ which }: StepOf<"letLaneGoOn">): Promise<void> {
    const held = await this.#someHeld(which)
    if (held === undefined) return
    const { messageId } = held
    const holdsLaneUntil = this.#now + 1000
    await this.#both((outbox) => outbox.update({ messageId, at: this.#now, updates: [], holdsLaneUntil }))
    await this.#letGo()
  }

  async #crash(): Promise<void> {
    const [sqlite, postgres] = this.#stores
    this.#held.clear()
    this.#inFlight = []
    const [newSqlite, newPostgres] = [await sqlite.crash(), await postgres.crash()]
    this.#stores = [newSqlite, newPostgres]
    this.#former.push(sqlite, postgres)
  }

  /** Pending recipients that no open call carries. */
  async #free(messageId: string, people: number): Promise<readonly RecipientPosition[]> {
    const carried = new Set((await this.#sqlite.openCalls(messageId)).flatMap(({ positions }) => positions))
    const chunks = await this.#sqlite.chunks({ messageId, from: 0, count: 10 })
    const free = chunks.flatMap(({ index, states }) =>
      states.flatMap((state, slot) => {
        const position = positionAt(index, slot)
        return state === "pending" && !carried.has(position) ? [position] : []
      }),
    )
    return free.slice(0, 1 + (people % 4))
  }

  async #lastNumber(messageId: string): Promise<number> {
    const { items } = await this.#stores[0].stores.reader.calls({ messageId, limit: 100 })
    return Math.max(0, ...items.map(({ number }) => number))
  }

  get #sqlite(): LocalOutbox {
    return this.#stores[0].stores.outbox
  }

  /** @returns the answer of both */
  async #both<T>(ask: (outbox: LocalOutbox, side: number) => Promise<T>): Promise<T> {
    const [sqlite, postgres] = [
      await ask(this.#stores[0].stores.outbox, 0),
      await ask(this.#stores[1].stores.outbox, 1),
    ]
    assert.deepEqual(postgres, sqlite)
    return sqlite
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const held of Array.from(this.#held.values())) await this.#giveBack(held, this.#now)
    for (const store of [...this.#stores, ...this.#former.toReversed()]) await store[Symbol.asyncDispose]()
  }
}

/** An expired message waits for no lane, whether its row says so or not. */
function withoutLane(message: MessageDetail | undefined, now: number): unknown {
  if (message === undefined || message.expiresAt > now) return message
  return without(message, "isBehind")
}

/** The messages in one order, and without each store's own numbers. */
function plain(claimed: readonly ClaimedMessage[]): readonly object[] {
  return claimed.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1)).map((one) => without(one, "claim"))
}

function without<T extends object>(whole: T, name: keyof T): object {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name))
}

/** The number selects one of those that exist. */
function of<T>(all: readonly T[], which: number): T | undefined {
  return all.length === 0 ? undefined : all[which % all.length]
}
