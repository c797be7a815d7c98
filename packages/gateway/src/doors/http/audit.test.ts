import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { ManualClock } from "../../delivery/testing/manual-clock.ts"
import { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { AuditTrail } from "../kit/audit-trail.ts"
import type { AuditEntry, AuditLog } from "../../model/ports/audit.ts"
import { createLog } from "../../app/log.ts"
import { startTestGateway } from "./testing/start-gateway.ts"
import { Upkeeper } from "../../app/upkeeper.ts"

const NOON = Date.parse("2026-11-25T12:00:00+08:00")
const key = { id: "key_1", apps: ["hr"] } as const

/** An audit trail with a clock of its own. */
function aTrail(): {
  trail: AuditTrail
  written: AuditEntry[]
  /** The times at which uses of sources were noted. */
  noted: number[]
  at: (seconds: number) => void
  failing: (fails: boolean) => void
} {
  const written: AuditEntry[] = []
  let fails = false
  const audit: AuditLog = {
    append: async (entries) => {
      if (fails) throw new Error("the disk is full")
      written.push(...entries)
    },
    list: async () => ({ items: [], nextCursor: undefined }),
    extent: async () => ({ entries: written.length, deleted: undefined }),
  }
  let now = NOON
  const noted: number[] = []
  const trail = new AuditTrail({
    audit,
    keys: { used: async () => {} },
    sources: { used: async (uses) => void noted.push(...uses.map(({ at }) => at)) },
    log: createLog("error", { write: () => {} }),
    now: () => now,
    environmentKeyId: "key_environment",
  })
  return {
    trail,
    written,
    noted,
    at: (seconds) => void (now = NOON + seconds * 1000),
    failing: (isSo) => void (fails = isSo),
  }
}

const denial = (target: string, peer = "10.0.0.1") => ({ key, peer, target, detail: { needs: ["read"] } })

// proves row 46: the audit trail
test("the first denial of a key is an entry at once, and those of the following minute are one that counts them", async () => {
  const { trail, written, at } = aTrail()
  trail.denied(denial("GET /v1/keys"))
  await trail.flush()
  assert.deepEqual(
    written.map(({ actor, action, target, detail, apps }) => [actor, action, target, detail, apps]),
    [["key_1", "permission.denied", "GET /v1/keys", { needs: ["read"] }, ["hr"]]],
  )
  for (let n = 0; n < 8000; n++) trail.denied(denial(`GET /v1/${n % 40}`, `10.0.0.${n % 3}`))
  await trail.flush()
  assert.equal(written.length, 1)
  at(60)
  await trail.flush()
  assert.equal(written.length, 2)
  const { target, from, detail } = written[1] ?? {}
  assert.deepEqual([target, from, detail?.["count"]], ["GET /v1/0", "10.0.0.0", 8000])
  assert.deepEqual(
    [detail?.["targets"], detail?.["addresses"]].map((names) => (names as string[]).length),
    [10, 3],
  )
})

test("a key that keeps being denied has an entry a minute, and one that begins again after a quiet minute has one at once", async () => {
  const { trail, written, at } = aTrail()
  for (let second = 0; second < 300; second++) {
    at(second)
    trail.denied(denial("GET /v1/keys"))
    await trail.flush()
  }
  assert.equal(written.length, 5)
  at(600)
  await trail.flush()
  const counted = written.map(({ detail }) => Number(detail["count"] ?? 1))
  assert.equal(
    counted.reduce((sum, count) => sum + count, 0),
    300,
  )
  at(700)
  await trail.flush()
  trail.denied(denial("GET /v1/keys"))
  await trail.flush()
  assert.equal(written.at(-1)?.detail["count"], undefined)
})

// proves 32.in.sources: when it was last used
test("when a source was last used is noted once a minute, however often it is used", async () => {
  const { trail, noted, at } = aTrail()
  for (let second = 0; second <= 120; second++) {
    at(second)
    for (let n = 0; n < 3; n++) trail.sourceUsed({ id: "src_1", app: "alerts" }, "10.0.0.1")
    await trail.flush()
  }
  assert.deepEqual(
    noted.map((time) => time - NOON),
    [0, 60_000, 120_000],
  )
})

// proves row 46: the audit trail
test("the use of a key is recorded once a day for each address, up to a hundred of them", async () => {
  const { trail, written, at } = aTrail()
  const useFrom = async (addresses: number): Promise<number> => {
    const before = written.length
    for (let n = 0; n < addresses; n++) for (let time = 0; time < 3; time++) trail.used(key, `2001:db8::${n}`)
    await trail.flush()
    return written.length - before
  }
  assert.equal(await useFrom(10), 10)
  assert.equal(await useFrom(5000), 90)
  assert.deepEqual(written.at(-1)?.detail, { further_addresses: "not recorded until tomorrow" })
  trail.used({ id: "key_2", apps: "all" }, "10.0.0.1")
  await trail.flush()
  assert.equal(written.at(-1)?.actor, "key_2")
  at(24 * 3600)
  assert.equal(await useFrom(3), 3)
})

test("a change comes behind the uses and denials before it, and takes none of them with it when it cannot be written", async () => {
  const { trail, written, failing } = aTrail()
  const change = { key, peer: "10.0.0.1", action: "key.created", target: "key_2", apps: ["hr"] } as const
  trail.used(key, "10.0.0.1")
  failing(true)
  await assert.rejects(trail.write(change), /disk is full/)
  trail.denied(denial("GET /v1/keys"))
  failing(false)
  await trail.write(change)
  await trail.flush()
  assert.deepEqual(
    written.map(({ action }) => action),
    ["key.used", "permission.denied", "key.created"],
  )
})

const cancelled = (n: number, changes: object = {}) =>
  ({
    key,
    peer: `10.0.0.${n % 3}`,
    action: "message.cancelled",
    target: `msg_${n}`,
    apps: n % 2 === 0 ? ["hr"] : ["it"],
    detail: { recipients: 1 },
    ...changes,
  }) as const

// proves 28.D4: shares of keys and apps
test("D4: what a program does to messages in a loop is ten entries at once, and then one a minute that counts the rest", async () => {
  const { trail, written, at } = aTrail()
  for (let n = 0; n < 1000; n++) await trail.write(cancelled(n))
  assert.deepEqual(
    written.map(({ target, detail }) => [target, detail]),
    Array.from({ length: 10 }, (_, n) => [`msg_${n}`, { recipients: 1 }]),
  )
  await trail.flush()
  // Each kind and each key counts by itself; actions of administrators always get an entry.
  await trail.write(cancelled(0, { action: "message.retried" }))
  await trail.write(cancelled(0, { key: { id: "key_2" } }))
  for (let n = 0; n < 30; n++) await trail.write(cancelled(n, { action: "key.created" }))
  assert.equal(written.length, 42)

  at(60)
  await trail.flush()
  const { actor, action, target, apps, detail } = written[42] ?? {}
  assert.deepEqual([actor, action, target], ["key_1", "message.cancelled", "msg_10"])
  assert.deepEqual([apps, detail?.["count"]], [["hr", "it"], 990])
  const targets = detail?.["targets"]
  assert.ok(Array.isArray(targets) && targets.length === 10)
  for (let second = 61; second < 180; second++) {
    at(second)
    await trail.write(cancelled(second))
    await trail.flush()
  }
  await trail.finish()
  assert.deepEqual(
    written.slice(43).map((entry) => entry.detail["count"]),
    [60, 59],
  )
})

// proves 28.D4: shares of keys and apps
test("D4: ten at once again after a quiet minute", async () => {
  const { trail, written, at } = aTrail()
  for (let n = 0; n < 11; n++) await trail.write(cancelled(n))
  for (const second of [60, 120]) {
    at(second)
    await trail.flush()
  }
  assert.equal(written.length, 11)
  for (let n = 0; n < 5; n++) await trail.write(cancelled(n))
  assert.equal(written.length, 16)
})

test("denials of one key do not hide those of another, and a stop writes what the minute has", async () => {
  const { trail, written } = aTrail()
  trail.denied(denial("GET /v1/keys"))
  trail.denied(denial("GET /v1/keys"))
  trail.denied({ ...denial("GET /v1/apps"), key: { id: "key_2", apps: "all" } })
  await trail.finish()
  assert.deepEqual(
    written.map(({ actor, detail }) => [actor, detail["count"]]),
    [
      ["key_1", undefined],
      ["key_2", undefined],
      ["key_1", 1],
    ],
  )
})

test("a key that asks for what it may not in a loop leaves a few entries, and every one of its requests is counted", async () => {
  using folder = new TemporaryFolder()
  {
    await using gateway = await startTestGateway({ folder })
    const body = { name: "k", scopes: ["send"], apps: "all" }
    const { json } = await gateway.request("/v1/keys", { body })
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => gateway.request("/v1/keys", { key: json.key })),
      )
      assert.ok(answers.every(({ status }) => status === 403))
    }
  }
  await using gateway = await startTestGateway({ folder })
  const { items } = (await gateway.request("/v1/audit?limit=1000")).json
  const denied = items.filter(({ action }: { action: string }) => action === "permission.denied")
  // One entry at once and one at the stop; each minute that passes meanwhile would add one.
  assert.ok(denied.length >= 2 && denied.length < 10, `${denied.length}`)
  const counts: number[] = denied.map(({ detail }: { detail: { count?: number } }) => detail.count ?? 1)
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    400,
  )
})

// proves row 46: the audit trail
test("the trail stays inside its bounds, and its answer, the figures and the log tell what has gone", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  assert.equal((await gateway.request("/v1/audit")).json.deleted, null)
  const entry = { actor: "key_9", from: undefined, action: "app.changed", target: "alerts", detail: {}, apps: "all" }
  await gateway.stores.audit.append(
    Array.from({ length: 3000 }, (_, n) => ({ ...entry, at: NOON - 3000 + n, apps: "all" as const })),
  )
  const clock = new ManualClock()
  const upkeeper = new Upkeeper({
    upkeep: gateway.stores.upkeep,
    audit: new AuditTrail({
      audit: gateway.stores.audit,
      keys: gateway.stores.keys,
      sources: gateway.stores.sources,
      log: gateway.log,
      now: () => NOON,
      environmentKeyId: "key_environment",
    }),
    log: gateway.log,
    clockNotes: gateway.stores.clockNotes,
    clock: new JumpAwareClock({ now: () => NOON, sleep: clock.sleep }),
    retentionDays: 30,
    auditDays: 365,
    auditLimit: 1000,
  })
  while (clock.sleepers === 0) await sleep(5)
  clock.advance(10 * 60_000)
  const isTold = (): boolean =>
    gateway.logLines.some((line) => line.includes("the oldest entries of the audit trail were deleted"))
  for (const end = Date.now() + 20_000; !isTold() && Date.now() < end;) await sleep(5)
  await upkeeper.finish()
  const { json } = await gateway.request("/v1/audit?limit=1000")
  assert.equal(json.items.length, 1000)
  assert.equal(json.deleted.until, new Date(NOON - 3000 + json.deleted.entries - 1).toISOString())
  assert.ok(json.deleted.entries >= 2000)
  const { text } = await gateway.request("/metrics")
  assert.match(text, /^wecom_push_audit_entries\{database="[0-9a-f]{8}"\} 1\d{3}$/m)
  assert.match(
    text,
    new RegExp(`^wecom_push_audit_deleted_entries\\{database="[0-9a-f]{8}"\\} ${json.deleted.entries}$`, "m"),
  )
  assert.ok(isTold())
})
