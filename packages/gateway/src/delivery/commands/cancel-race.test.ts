import assert from "node:assert/strict"
import { setImmediate as turn } from "node:timers/promises"
import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { TransportFault } from "@wecom-push/sdk"
import type { Transport } from "@wecom-push/sdk"
import { startDispatch } from "../testing/start-dispatch.ts"

/** One order of events, counted in turns of the event loop. */
interface Order {
  readonly users: readonly string[]
  /** The turns between the acceptance and the cancel, and between that and a second cancel, if there is one. */
  readonly cancelAfterTurns: number
  readonly againAfterTurns: number | null
  /** The turns until the phones show it, and from there until the answer arrives. */
  readonly arrivesAfterTurns: number
  readonly answersAfterTurns: number
  /** How the first try ends. `busy`: refused, reaches no phone. */
  readonly first: "answered" | "lost_on_the_way" | "answer_lost" | "busy"
}

const anOrder: fc.Arbitrary<Order> = fc.record({
  users: fc.subarray(["zhangsan", "lisi", "WangWu"], { minLength: 1 }),
  cancelAfterTurns: fc.nat({ max: 14 }),
  againAfterTurns: fc.option(fc.nat({ max: 6 })),
  arrivesAfterTurns: fc.nat({ max: 5 }),
  answersAfterTurns: fc.nat({ max: 5 }),
  first: fc.constantFrom("answered", "answered", "lost_on_the_way", "answer_lost", "busy"),
})

/** How often the phones may have shown a message with this outcome. */
const TIMES = { cancelled: [0], sent: [1], in_doubt: [0, 1] }
const ORDERS = Number(process.env["WECOM_PUSH_CANCEL_ORDERS"] ?? 1000)

// proves C20: a cancel against a send
test(`C20: a cancel races with the send in ${ORDERS} orders: who is cancelled has seen nothing, who is sent to has seen it once`, async () => {
  const wire = new PlayedWire()
  await using gateway = await startDispatch({
    transport: (real) => wire.before(real),
    settings: { member_per_minute: null, member_per_hour: null },
  })
  const seen = { cancelled: 0, tooLate: 0, inDoubt: 0, midFlight: 0 }
  let number = 0
  await fc.assert(
    fc.asyncProperty(anOrder, async (order) => {
      const text = `order ${number++}.`
      wire.orders.set(text, order)
      const id = await gateway.post({ users: order.users, text })
      const cancel = async (turns: number) => {
        for (let n = 0; n < turns; n++) await turn()
        if (wire.tries(text) > 0 && (wire.shown.get(text)?.size ?? 0) === 0) seen.midFlight++
        return gateway.dispatcher.cancel(id)
      }
      const [told, again] = await Promise.all([
        cancel(order.cancelAfterTurns),
        order.againAfterTurns === null ? undefined : cancel(order.cancelAfterTurns + order.againAfterTurns),
      ])
      await gateway.until(async () => {
        if ((await gateway.summary(id)).finishedAt !== undefined) return true
        if (wire.tries(text) > 0) await gateway.advance(2)
        return false
      })

      const outcomes = [told, again].filter((outcome) => outcome !== undefined)
      assert.ok(outcomes.filter(({ kind }) => kind === "cancelled").length <= 1, "no recipient is cancelled twice")
      const effective = outcomes.find((outcome) => outcome.kind === "cancelled")
      // A recipient whose answer was lost is not sent to again, and may or may not have seen it.
      const expected = effective === undefined ? "sent" : effective.recipients > 0 ? "cancelled" : "in_doubt"
      if (expected === "cancelled") assert.equal(effective?.recipients, order.users.length)
      assert.deepEqual(new Set(await gateway.states(id)), new Set([expected]))
      for (const user of order.users) {
        const times = wire.shown.get(text)?.get(user) ?? 0
        assert.ok(TIMES[expected].includes(times), `${user}, ${expected}, has seen it ${times} times`)
      }
      // A call whose answer was lost closes the app for a while; after a cancel no repeat of the call opens it again.
      if (expected === "in_doubt") await gateway.advance(61)
      if (expected === "cancelled") seen.cancelled++
      else if (expected === "in_doubt") seen.inDoubt++
      else seen.tooLate++
    }),
    { numRuns: ORDERS },
  )
  // Otherwise there would be no race.
  for (const count of Object.values(seen)) assert.ok(count >= ORDERS / 20, JSON.stringify(seen))
})

/** WeCom as its documents describe it. The order decides the turn of each step of an exchange. */
class PlayedWire {
  readonly orders = new Map<string, Order>()
  /** How often each person's phone showed each text. */
  readonly shown = new Map<string, Map<string, number>>()
  readonly #tries = new Map<string, number>()
  readonly #bodies = new Set<string>()

  tries(text: string): number {
    return this.#tries.get(text) ?? 0
  }

  before(real: Transport): Transport {
    return {
      ...real,
      request: (request) => {
        const { url, body } = request
        if (!url.pathname.endsWith("message/send") || typeof body !== "string") return real.request(request)
        return this.#send(body, url.host)
      },
    }
  }

  async #send(body: string, host: string) {
    const { touser, text } = JSON.parse(body) as { touser: string; text: { content: string } }
    const order = this.orders.get(text.content)
    if (order === undefined) throw new Error(`not posted: ${text.content}`)
    this.#tries.set(text.content, this.tries(text.content) + 1)
    const end = this.tries(text.content) === 1 ? order.first : "answered"
    for (let n = 0; n < order.arrivesAfterTurns; n++) await turn()
    if (end === "answered" || end === "answer_lost") this.#show(body, text.content, touser.split("|"))
    for (let n = 0; n < order.answersAfterTurns; n++) await turn()
    if (end === "answer_lost" || end === "lost_on_the_way") throw new TransportFault("reset", true, { host })
    const answer = end === "busy" ? { errcode: -1, errmsg: "system busy" } : { errcode: 0, errmsg: "ok", msgid: "m" }
    return { status: 200, contentType: "application/json", body: JSON.stringify(answer) }
  }

  #show(body: string, text: string, users: readonly string[]): void {
    if (this.#bodies.has(body)) return
    this.#bodies.add(body)
    const shown = this.shown.get(text) ?? new Map<string, number>()
    this.shown.set(text, shown)
    for (const user of users) shown.set(user, (shown.get(user) ?? 0) + 1)
  }
}
