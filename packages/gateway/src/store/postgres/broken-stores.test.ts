import assert from "node:assert/strict"
import { test } from "node:test"
import type { ClaimedMessage } from "../../model/ports/outbox.ts"
import { shared } from "../../../../../tools/testing/shared.ts"
import { SHARED_CONTRACT } from "../contract.ts"
import { BROKEN_STORES, damaged, outbox, over } from "../testing/broken-stores.ts"
import type { BrokenStore } from "../testing/broken-stores.ts"
import { recentSendRules } from "../testing/contract/recent-send-rules.ts"
import { postgresRules } from "./testing/postgres-rules.ts"
import { ReusedPostgres } from "./testing/reused-postgres.ts"

const reused = shared((resources) => Promise.resolve(resources.use(new ReusedPostgres())))

const rules = new Map([...SHARED_CONTRACT, ...postgresRules].map((rule) => [rule.title, rule]))
const own = new Map(postgresRules.flatMap(({ title, insteadOf }) => insteadOf.map((other) => [other, title])))

/** Damages that differ here, since this store makes another promise. */
const BROKEN_HERE: Readonly<Record<string, BrokenStore["damage"]>> = {
  "keeps claims for ever": outbox((good) => {
    const seen = new Set<string>()
    return {
      async claim(query) {
        const claimed = (await good.claim(query)).filter(({ messageId }) => !seen.has(messageId))
        for (const { messageId } of claimed) seen.add(messageId)
        return claimed
      },
    }
  }),
  "hands out what is claimed": outbox((good) => {
    const claimed: ClaimedMessage[] = []
    return {
      async claim(query) {
        claimed.push(...(await good.claim(query)))
        return claimed.slice(0, query.limit)
      },
    }
  }),
  "calls the whole app for one message": outbox((good) => ({
    async makeDue(_, at) {
      for (const app of ["alerts", "hr"]) await good.makeAppDue(app, at)
    },
  })),
  "looks whether a name is free before it registers an app": ({ apps }) => {
    // Makes both look before either writes, which otherwise happens only now and then.
    const both = Promise.withResolvers<void>()
    let looks = 0
    return {
      apps: over(apps, {
        async create(app, at) {
          if ((await apps.get(app.name)) !== undefined) return undefined
          if (++looks === 2) both.resolve()
          await both.promise
          await apps.put(app, at)
          return apps.get(app.name)
        },
      }),
    }
  },
  "does not follow the clock": outbox((good) => {
    let aheadMs = 0
    return {
      clockJumped({ by }) {
        aheadMs = by
        return Promise.resolve()
      },
      openCalls: async (id) =>
        (await good.openCalls(id)).map((call) => ({ ...call, firstTryAt: call.firstTryAt + aheadMs })),
    }
  }),
  "takes the times of a call for read by the clock it knows of": outbox((good) => ({
    begin: (starts) => good.begin(starts.map((start) => ({ ...start, startedAt: start.startedAt + 1 }))),
  })),
  "counts a repeated jump of the clock twice": outbox((good) => {
    let aheadMs = 0
    return {
      clockJumped({ by }) {
        aheadMs += by
        return Promise.resolve()
      },
      openCalls: async (id) =>
        (await good.openCalls(id)).map((call) => ({ ...call, retryAt: (call.retryAt ?? 0) + aheadMs })),
    }
  }),
}

/** Names of broken stores that differ on PostgreSQL. */
const NAMES_HERE: Readonly<Record<string, string>> = {
  "does not follow the clock": "follows the clock of a node",
  "takes the times of a call for read by the clock it knows of": "keeps another time of a call than it is given",
  "counts a repeated jump of the clock twice": "follows a repeated jump of the clock of a node",
}

const notOfShared = new Set(recentSendRules.map(({ title }) => title))

for (const { name, caughtBy, damage } of BROKEN_STORES) {
  // It breaks a rule that only a store of one process has.
  if (notOfShared.has(caughtBy)) continue
  const title = rules.has(caughtBy) ? (own.get(caughtBy) ?? caughtBy) : own.get(caughtBy)
  test(`postgres: a store that ${NAMES_HERE[name] ?? name} fails: ${title}`, async () => {
    const rule = rules.get(title ?? "")
    assert.ok(rule !== undefined, "no rule of this store finds it")
    const open = damaged(() => reused().openFor(rule), { damage: BROKEN_HERE[name] ?? damage })
    await assert.rejects(rule.check(open), assert.AssertionError)
  })
}

test("each store that is broken differently here is among the broken stores", () => {
  const names = new Set(BROKEN_STORES.map(({ name }) => name))
  assert.deepEqual(
    Object.keys({ ...BROKEN_HERE, ...NAMES_HERE }).filter((name) => !names.has(name)),
    [],
  )
})
