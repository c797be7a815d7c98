import assert from "node:assert/strict"
import { test } from "node:test"
import { WeComError, memoryLookupStore } from "@wecom-push/sdk"
import type { Address } from "@wecom-push/sdk"
import { lookupKeys, questionFor } from "@wecom-push/sdk/internals"
import type { LookupRecord } from "@wecom-push/sdk/internals"
import { bodyOf, fakeApi } from "../../../sdk/src/testing/fake-api.ts"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { CorpLookups } from "../limits/corp-lookups.ts"
import { Semaphore } from "../model/semaphore.ts"
import type { HealthReport } from "../model/ports/governor.ts"
import { stillClock } from "../delivery/testing/fast-clock.ts"
import { People } from "./people.ts"
import type { WayToAsk } from "./people.ts"

const DAY = 24 * 3_600_000
const scope = { baseUrl: "https://wecom.example", corpId: "ww1", agentId: 1, secret: "s" }
const keys = lookupKeys(scope)
/** WeCom's answers, `[errcode, userid]` by mobile or email; WeCom knows no other number. */
type Answers = Readonly<Record<string, readonly [errcode: number, userid?: string] | "lost">>

interface Given {
  readonly answers?: Answers
  readonly budget?: number
  /** Called when the question gets its turn. */
  readonly atItsTurn?: (it: Asking) => void | Promise<void>
  /** Called with each question, before WeCom answers it. */
  readonly atWeCom?: (it: Asking) => void | Promise<void>
}

/** People of one app, and everything that they use. */
class Asking {
  readonly machine = stillClock()
  readonly clock = new JumpAwareClock(this.machine)
  readonly reports: HealthReport[] = []
  readonly turns: unknown[] = []
  readonly settled: number[] = []
  readonly asked: unknown[] = []
  readonly store = memoryLookupStore()
  readonly recalled: { names: readonly string[]; from: number; to: number }[] = []
  closedUntil: number | undefined
  taken = 0
  underWay = 0
  most = 0
  readonly people: People

  constructor({ answers = {}, budget = 1000, atItsTurn, atWeCom }: Given) {
    const api = fakeApi(async (request) => {
      const { mobile, email, email_type: type } = bodyOf(request)
      this.asked.push(mobile ?? `${String(type)} ${String(email)}`)
      assert.equal(request.repeatable, true, "a question changes nothing, so that a lost answer leaves no doubt")
      this.most = Math.max(this.most, ++this.underWay)
      await atWeCom?.(this)
      await new Promise(setImmediate)
      this.underWay--
      const answer = answers[String(mobile ?? email)] ?? [46004]
      if (answer === "lost") {
        throw new WeComError({ code: "unreachable", message: "no way", hint: "", language: "en", failure: "dns" })
      }
      const [errcode, userid] = answer
      return { errcode, errmsg: `said ${errcode}`, ...(userid !== undefined && { userid }) }
    }, this.clock)
    const misses = {
      take: (_corp: string, _day: string, wanted: number) => {
        const granted = Math.min(wanted, Math.max(0, budget - this.taken))
        this.taken += granted
        return Promise.resolve({ granted, ...(granted < wanted && { short: { isSpent: true } }) })
      },
      settle: (_corp: string, _day: string, { missed }: { missed: number }) => {
        this.settled.push(missed)
        return Promise.resolve()
      },
      taken: () => Promise.resolve(this.taken),
    }
    const permits = {
      pauses: this.store,
      take: () => Promise.resolve({ [Symbol.dispose]: () => undefined }),
      tryAlone: () => Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() }),
    }
    const limits = { lookupMissBudget: budget, lookupsPerMinute: null, lookupsPerHour: null }
    const deps = {
      clock: this.clock,
      misses,
      lookupPlaces: new Semaphore(28),
      stopping: new AbortController().signal,
    }
    const governor: WayToAsk["governor"] = {
      closedUntilMs: () => this.closedUntil,
      report: (report) => {
        this.reports.push(report)
        if (report.health.kind === "misconfigured") this.closedUntil = this.now + 60_000
        return undefined
      },
    }
    this.people = new People({
      app: "alerts",
      clock: this.clock,
      store: {
        ...this.store,
        userids: async (names, from, to) => {
          this.recalled.push({ names, from: from - this.now, to: to - this.now })
          const records = await this.store.get(names)
          return records.map((record) => record?.userid ?? undefined)
        },
      },
      keys,
      corp: new CorpLookups(deps, "ww1", keys.pause, { permits, limits: () => Promise.resolve(limits) }),
      locks: {
        run: async (name, task, options) => {
          this.turns.push([name, options])
          await atItsTurn?.(this)
          return task()
        },
      },
      random: () => 1,
      way: () => Promise.resolve({ api, governor }),
      governor,
    })
  }

  get now(): number {
    return this.clock.now()
  }

  async remember(address: string, userid: string | null, ageMs = 0, emailType?: 1 | 2): Promise<void> {
    const type = address.includes("@") ? "email" : "mobile"
    const question = (await questionFor({ type, address }, keys, emailType)) ?? assert.fail()
    await this.store.set([[question.key, { userid, storedAt: this.now - ageMs }]])
  }

  async remembered(address: string): Promise<LookupRecord | undefined> {
    const question = (await questionFor({ type: "mobile", address }, keys)) ?? assert.fail()
    return (await this.store.get([question.key]))[0]
  }

  /** As in `found zhangsan`, with the time in milliseconds from now. */
  async ask(...addresses: readonly string[]): Promise<unknown[]> {
    return said(this, await this.people.ask(addresses.map(to)))
  }
}

function to(address: string): Address {
  return { type: address.includes("@") ? "email" : "mobile", address }
}

function said(it: Asking, results: Awaited<ReturnType<People["known"]>>): string[] {
  return results.map((result) => {
    if (result === undefined) return "unknown"
    if (result.kind === "found") return `${result.isRemembered ? "remembered" : "found"} ${result.userid}`
    if (result.kind === "later") return `${result.why} +${result.at - it.now}`
    if (result.kind === "refused") return `refused ${result.errcode} ${result.errmsg}`
    return `${result.kind} ${result.reason} ${result.errcode}`
  })
}

const [ZHANGSAN, LISI, UNKNOWN] = ["13800000001", "13800000002", "13800000099"] as const
const MISS = "not_found no_visible_member 46004"
const answers: Answers = { [ZHANGSAN]: [0, "zhangsan"], [LISI]: [0, "lisi"], "ls@example.com": [0, "lisi"] }

test("userids that are remembered are given in the order of the addresses, whatever is between them", async () => {
  const it = new Asking({})
  await it.remember(ZHANGSAN, "zhangsan")
  await it.remember("ls@example.com", "lisi")
  await it.remember("13800000003", "no|userid")
  const types = ["mobile", "mobile", "email", "mobile", "mobile"] as const
  const addresses = ["12", ZHANGSAN, "ls@example.com", UNKNOWN, "13800000003"]
  assert.deepEqual(await it.people.recall(types, addresses), [undefined, "zhangsan", "lisi", undefined, undefined])
  assert.deepEqual(await it.people.recall([], [ZHANGSAN]), ["zhangsan"], "a mobile unless it is said")
  const [{ names, from, to } = assert.fail()] = it.recalled
  assert.deepEqual([from, to], [-7 * DAY + 1, 0], "a hit is good for seven days")
  assert.equal(names[0], "", "one that is malformed has a name of its own")
})

test("what is remembered is given without asking: hits for seven days, misses for one, and nothing of malformed addresses", async () => {
  const it = new Asking({ answers })
  await it.remember(ZHANGSAN, "zhangsan", 7 * DAY - 1)
  await it.remember(LISI, "lisi", 7 * DAY)
  await it.remember(UNKNOWN, null, DAY - 1)
  await it.remember("13800000098", null, DAY)
  const known = await it.people.known([
    to("12"),
    to(ZHANGSAN),
    { type: "email", address: "no email" },
    to(LISI),
    to(UNKNOWN),
    to("+86 138 0000 0001"),
    to("13800000098"),
  ])
  assert.deepEqual(said(it, known), [
    "invalid malformed_mobile undefined",
    "remembered zhangsan",
    "invalid malformed_email undefined",
    "unknown",
    "not_found no_visible_member_cached undefined",
    "remembered zhangsan",
    "unknown",
  ])
  assert.deepEqual(it.asked, [])
})

test("an email of the other kind is another question", async () => {
  const it = new Asking({ answers })
  await it.remember("ls@example.com", "lisi", 0, 2)
  await it.remember("zs@example.com", "zhangsan", 0, 1)
  const both = [to("ls@example.com"), to("zs@example.com")]
  assert.deepEqual(said(it, await it.people.known(both)), ["unknown", "remembered zhangsan"])
  assert.deepEqual(said(it, await it.people.known(both, 2)), ["remembered lisi", "unknown"])
  await it.people.ask([to("a@example.com")])
  await it.people.ask([to("b@example.com")], { emailType: 2 })
  assert.deepEqual(it.asked, ["1 a@example.com", "2 b@example.com"])
})

test("WeCom is asked for an address of which nothing is known, and for any of a fresh look-up", async () => {
  const it = new Asking({ answers })
  await it.remember(LISI, "lisi")
  const find = async (address: string, fresh: boolean) => said(it, [await it.people.find(to(address), { fresh })])[0]
  const found = [MISS, "remembered lisi", "invalid malformed_mobile undefined", "found zhangsan"]
  for (const [index, address] of [UNKNOWN, LISI, "12", ZHANGSAN].entries()) {
    assert.equal(await find(address, false), found[index])
  }
  assert.deepEqual(it.asked, [UNKNOWN, ZHANGSAN])
  it.machine.advance(1)
  assert.equal(await find(LISI, true), "found lisi", "what is remembered does not count")
  assert.equal(await find("12", true), "invalid malformed_mobile undefined")
  assert.deepEqual(it.asked, [UNKNOWN, ZHANGSAN, LISI])
})

test("each number is asked once, however often it is wanted at once, and what is malformed never", async () => {
  const it = new Asking({ answers })
  const both = await Promise.all([it.ask(ZHANGSAN, "12", "+86 138 0000 0001", LISI), it.ask(ZHANGSAN)])
  assert.deepEqual(both, [
    ["found zhangsan", "invalid malformed_mobile undefined", "found zhangsan", "found lisi"],
    ["found zhangsan"],
  ])
  assert.deepEqual(it.asked, [ZHANGSAN, LISI])
  assert.equal(it.taken, 2)
})

test("an answer is remembered, and asked again only for a fresh look-up", async () => {
  const it = new Asking({ answers })
  await it.ask(ZHANGSAN, UNKNOWN)
  assert.deepEqual(await it.remembered(ZHANGSAN), { userid: "zhangsan", storedAt: it.now })
  assert.deepEqual(await it.remembered(UNKNOWN), { userid: null, storedAt: it.now })
  assert.deepEqual(await it.ask(ZHANGSAN, UNKNOWN), [
    "remembered zhangsan",
    "not_found no_visible_member_cached undefined",
  ])
  assert.deepEqual([it.asked.length, it.taken, it.turns.length], [2, 2, 2], "it costs nothing")
  it.machine.advance(1)
  assert.deepEqual(said(it, await it.people.ask([to(ZHANGSAN)], { fresh: true })), ["found zhangsan"])
  assert.equal(it.asked.length, 3)
  assert.equal((await it.remembered(ZHANGSAN))?.storedAt, it.now)
})

test("a fresh look-up takes what another gateway has found meanwhile, and nothing older", async () => {
  for (const [ageMs, expected] of [
    [0, "remembered newcomer"],
    [1, "found zhangsan"],
  ] as const) {
    const it = new Asking({ answers, atItsTurn: (it) => it.remember(ZHANGSAN, "newcomer", ageMs) })
    assert.deepEqual(said(it, await it.people.ask([to(ZHANGSAN)], { fresh: true })), [expected])
    assert.equal(it.asked.length, ageMs)
    assert.deepEqual(it.settled, [0], "what was taken is given back")
  }
  const old = new Asking({ answers, atItsTurn: (it) => it.remember(ZHANGSAN, "newcomer", 1) })
  assert.deepEqual(await old.ask(ZHANGSAN), ["remembered newcomer"])
})

test("a question has its turn by its number, and is not kept waiting for longer than one takes", async () => {
  const it = new Asking({ answers })
  await it.ask(ZHANGSAN)
  const { key } = (await questionFor(to(ZHANGSAN), keys)) ?? assert.fail()
  assert.deepEqual(it.turns, [[`lookup ${key}`, { patienceMs: 15_000 }]])
})

test("twenty are asked at a time, each in its place", async () => {
  const many = Array.from({ length: 50 }, (_, n) => `139000000${10 + n}`)
  const it = new Asking({ answers: Object.fromEntries(many.map((mobile) => [mobile, [0, `m${mobile}`]])) })
  assert.deepEqual(
    await it.ask(...many),
    many.map((mobile) => `found m${mobile}`),
  )
  assert.equal(it.most, 20)
})

test("after the end of the wait no question begins, and who was not asked is to be asked at once", async () => {
  const controller = new AbortController()
  const it = new Asking({ answers, atWeCom: () => controller.abort() })
  const many = Array.from({ length: 30 }, (_, n) => to(n === 0 ? ZHANGSAN : `139000000${10 + n}`))
  const results = said(it, await it.people.ask(many, { signal: controller.signal }))
  assert.equal(results[0], "found zhangsan")
  assert.equal(it.asked.length, 20)
  assert.deepEqual(results.slice(20), Array(10).fill("unreachable +0"))
})

test("the day's budget: a miss counts, a hit is given back, and when it is spent a question waits for the next day", async () => {
  const it = new Asking({ answers, budget: 2 })
  assert.deepEqual(await it.ask(ZHANGSAN, UNKNOWN), ["found zhangsan", MISS])
  assert.deepEqual(new Set(it.settled), new Set([0, 1]))
  const [later] = await it.people.ask([to("13800000097")])
  assert.ok(later?.kind === "later")
  assert.deepEqual([later.why, later.at % DAY], ["budget_spent", 16 * 3_600_000])
  assert.equal(it.asked.length, 2)
})

test("while the app or the look-ups are closed nothing is asked, and nothing is taken of the budget", async () => {
  const it = new Asking({ answers: { ...answers, [LISI]: [45009] } })
  it.closedUntil = it.now + 5000
  assert.deepEqual(await it.ask(ZHANGSAN), ["app_closed +5000"])
  it.closedUntil = undefined
  assert.deepEqual(await it.ask(LISI), ["lookup_paused +60000"])
  assert.deepEqual(it.reports, [], "it says nothing of the app")
  it.closedUntil = it.now + 5000
  assert.deepEqual(await it.ask(ZHANGSAN), ["lookup_paused +60000"])
  assert.deepEqual([it.asked, it.taken, it.settled], [[LISI], 1, [0]])
})

test("an app that is closed while a question waits for its turn asks no more", async () => {
  const it = new Asking({ answers, atItsTurn: (it) => void (it.closedUntil = it.now + 5000) })
  assert.deepEqual(await it.ask(ZHANGSAN), ["app_closed +5000"])
  assert.deepEqual([it.asked, it.settled], [[], [0]])
})

test("after a pause an answer opens look-ups again, and an errcode that says busy does not", async () => {
  const it = new Asking({ answers: { ...answers, [LISI]: [45009], [UNKNOWN]: [-1] } })
  await it.ask(LISI)
  it.machine.advance(60_000)
  await it.ask(UNKNOWN)
  assert.notEqual((await it.store.getPause(keys.pause))?.until, 0)
  await it.ask(ZHANGSAN)
  assert.equal((await it.store.getPause(keys.pause))?.until, 0)
})

test("an unanswered question is asked again after a delay, which grows until WeCom answers", async () => {
  const it = new Asking({ answers: { ...answers, [LISI]: "lost", [UNKNOWN]: [-1] } })
  assert.deepEqual(await it.ask(LISI), ["unreachable +1000"])
  assert.deepEqual(await it.ask(UNKNOWN), ["unreachable +2000"])
  assert.deepEqual(await it.ask(ZHANGSAN), ["found zhangsan"])
  assert.deepEqual(await it.ask(LISI), ["unreachable +1000"])
  assert.deepEqual(it.settled, [0, 0, 0, 0])
  assert.equal(await it.remembered(LISI), undefined)
})

test("the app's governor hears of each exchange, from when to when by steady time", async () => {
  const it = new Asking({
    answers: { ...answers, [LISI]: "lost" },
    atWeCom: (it) => {
      it.machine.advance(700)
      it.machine.jump(DAY)
    },
  })
  const from = it.clock.steady.now()
  await it.ask(ZHANGSAN)
  await it.ask(LISI)
  assert.deepEqual(
    it.reports.map(({ health, from: one, at }) => [health.kind, one - from, at - from]),
    [
      ["answered", 0, 700],
      ["unreachable", 700, 1400],
    ],
  )
})

test("60020 closes the app, and its question waits for it", async () => {
  const it = new Asking({ answers: { [ZHANGSAN]: [60020] } })
  assert.deepEqual(await it.ask(ZHANGSAN), ["app_closed +60000"])
  assert.deepEqual(it.reports[0]?.health, { kind: "misconfigured", errcode: 60020, errmsg: "said 60020" })
})

test("a failure of the app's own is waited for as long as the app is closed", async () => {
  const it = new Asking({ answers: { [ZHANGSAN]: "lost" }, atWeCom: (it) => void (it.closedUntil = it.now + 9000) })
  assert.deepEqual(await it.ask(ZHANGSAN), ["app_closed +9000"])
})

test("what WeCom finds malformed, or refuses, is reported with its code, and not remembered", async () => {
  const it = new Asking({
    answers: { [ZHANGSAN]: [60103], "ls@example.com": [60105], [LISI]: [301002], [UNKNOWN]: [40033] },
  })
  assert.deepEqual(await it.ask(ZHANGSAN, "ls@example.com", UNKNOWN), [
    "invalid malformed_mobile 60103",
    "invalid malformed_email 60105",
    "refused 40033 said 40033",
  ])
  assert.equal(await it.remembered(ZHANGSAN), undefined)
  assert.equal(await it.remembered(UNKNOWN), undefined)
})
