import assert from "node:assert/strict"
import { inspect } from "node:util"
import type { AppRecord, LimitsDiffer, NewApp, OlderGateways } from "../../../model/ports/apps.ts"
import type { AuditLog } from "../../../model/ports/audit.ts"
import type { NewKey } from "../../../model/ports/keys.ts"
import type { AppScope } from "../../../model/ports/reader.ts"
import type { Versioned } from "../../../model/ports/versions.ts"
import { acceptAll, AGENT, NOON, PARTY, updateOf, WHOLE_TRAIL } from "../build.ts"
import { rule } from "./rule.ts"

const app: NewApp = {
  name: "alerts",
  corpId: "ww0000000000000001",
  agentId: 1_000_002,
  settings: { share_calls: false, account_cap: 200 },
  secrets: { secret: "canary-secret", callbackToken: "canary-token" },
}
const pause = { errcode: 60_020, errmsg: "not allow to access from your ip", since: NOON, nextProbeAt: NOON + 60_000 }

const key: NewKey = {
  id: "key_1",
  client: "key_1",
  name: "deploy",
  prefix: "wp_abcde",
  hash: "ab".repeat(32),
  scopes: ["send", "read"],
  apps: ["alerts"],
  audienceCap: 5000,
  overflow: "split",
  forward: ["user/*", "tag/create"],
  createdAt: NOON,
}

const entry = {
  at: NOON,
  actor: "key_1",
  from: "10.0.0.1",
  action: "app.put",
  target: "alerts",
  detail: { a: 1 },
  apps: ["alerts"],
}
const all = { limit: 99, apps: "all" } as const

const first = ({ version }: Versioned): boolean => version === 1
const about = (action: string, apps: AppScope, at = NOON) => ({ ...entry, action, apps, at })

/** The actions of all entries that a key of these apps sees, page by page. */
async function trailOf(audit: AuditLog, apps: AppScope, limit: number): Promise<string[]> {
  const actions: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = await audit.list({ limit, apps, ...(cursor === undefined ? {} : { cursor }) })
    actions.push(...page.items.map(({ action }) => action))
    if (page.nextCursor === undefined) return actions
    cursor = page.nextCursor
  }
}

const versionOf = (record: AppRecord | LimitsDiffer | OlderGateways | string): number | string => {
  if (typeof record === "string") return record
  if ("olderGateways" in record) return "older gateways"
  return "differsFrom" in record ? record.differsFrom : record.version
}

export const accountRules = [
  rule("an app is kept, and its secrets are read only where they are asked for", async (store) => {
    await store.stores.apps.put(app, NOON)
    await using after = await store.crash()
    const { apps } = after.stores
    const { secrets, ...told } = app
    const ids = { kind: "app", partyId: "1000002" }
    const record = { ...told, ...ids, createdAt: NOON, updatedAt: NOON, pause: undefined, version: 1 }
    assert.deepEqual(await apps.get("alerts"), record)
    assert.deepEqual(await apps.list(), [record])
    assert.ok(!inspect(await apps.list(), { depth: null }).includes("canary"))
    assert.deepEqual(await apps.secrets("alerts"), secrets)
    assert.deepEqual([await apps.get("none"), await apps.secrets("none")], [undefined, undefined])
  }),

  rule("secrets of all apps of a kind are read at once", async ({ stores: { apps } }) => {
    await apps.put(app, NOON)
    const bots = ["one", "two"].map((name) => ({ ...app, name, kind: "bot", secrets: { secret: `${name}'s secret` } }))
    for (const bot of bots) await apps.put(bot, NOON)
    const found = await apps.secretsOfKind("bot")
    assert.deepEqual(Object.fromEntries(found), { one: { secret: "one's secret" }, two: { secret: "two's secret" } })
    assert.equal((await apps.secretsOfKind("robot")).size, 0)
  }),

  rule("an app that is put again is replaced, and paused no longer", async ({ stores: { apps } }) => {
    await apps.put(app, NOON)
    await apps.pause("alerts", pause, 1)
    await apps.put({ ...app, agentId: 7, secrets: { secret: "new" } }, NOON + 1)
    const record = await apps.get("alerts")
    assert.deepEqual(
      [record?.agentId, record?.createdAt, record?.updatedAt, record?.pause],
      [7, NOON, NOON + 1, undefined],
    )
    assert.deepEqual(await apps.secrets("alerts"), { secret: "new" })
  }),

  rule("of two apps registered under one name at once one is there, and the other is refused", async (store) => {
    const { apps } = store.stores
    const made = await Promise.all([apps.create(app, NOON), apps.create({ ...app, agentId: 7 }, NOON)])
    assert.deepEqual(
      made.map((one) => one && versionOf(one)),
      [1, undefined],
    )
    await using after = await store.crash()
    assert.deepEqual(await after.stores.apps.get("alerts"), made[0])
    assert.equal(await after.stores.apps.create(app, NOON + 1), undefined)
  }),

  rule("changes of an app at once are made one after another, and none is lost", async (store) => {
    const { apps } = store.stores
    await apps.put(app, NOON)
    await apps.pause("alerts", pause, 1)
    const changed = await Promise.all([
      apps.change("alerts", { settings: { member_per_minute: 20 } }, NOON + 1),
      apps.change("alerts", { callbackToken: null }, NOON + 2),
      apps.change("alerts", { agentId: 7 }, NOON + 3),
      apps.change("alerts", { secret: "new" }, NOON + 4),
      apps.change("alerts", { encodingAesKey: "aes" }, NOON + 5),
    ])
    assert.deepEqual(changed.map(versionOf), [2, 3, 4, 5, 6])
    await using after = await store.crash()
    const record = await after.stores.apps.get("alerts")
    assert.deepEqual(record, {
      name: "alerts",
      kind: "app",
      corpId: app.corpId,
      agentId: 7,
      partyId: "7",
      settings: { member_per_minute: 20 },
      createdAt: NOON,
      updatedAt: NOON + 5,
      pause: undefined,
      version: 6,
    })
    assert.deepEqual(await after.stores.apps.secrets("alerts"), { secret: "new", encodingAesKey: "aes" })
    assert.equal(await after.stores.apps.change("none", {}, NOON), "unknown")
  }),

  rule(
    "the names of an agent have one set of limits: who joins takes them over or is refused, and a change is one of all",
    async (store) => {
      const { apps, events } = store.stores
      const limits = { member_per_minute: 20, account_cap: 200 }
      await apps.create({ ...app, settings: { ...limits, share_calls: true } }, NOON)
      const alarms = { ...app, name: "alarms" }
      const refused = await apps.create({ ...alarms, settings: { member_per_minute: 30, account_cap: 200 } }, NOON)
      assert.deepEqual(refused, { differsFrom: "alerts", limits: [{ setting: "member_per_minute", value: 20 }] })
      assert.equal(await apps.get("alarms"), undefined)
      const joined = await apps.create({ ...alarms, settings: { account_cap: 200, mobile_check: "length" } }, NOON)
      assert.ok(joined !== undefined && "settings" in joined)
      assert.deepEqual(joined.settings, { ...limits, mobile_check: "length" })

      const from = await events.latest()
      await apps.change("alarms", { settings: { concurrent_calls: 5 } }, NOON + 1)
      const settingsOf = async (name: string) => (await apps.get(name))?.settings
      assert.deepEqual(await settingsOf("alerts"), { share_calls: true, concurrent_calls: 5 })
      assert.equal((await apps.get("alerts"))?.version, 2)
      const told = (await events.since(from, { limit: 9, apps: "all" })).map(({ type, app }) => `${type} ${app}`)
      assert.deepEqual(told.toSorted(), ["app.changed alarms", "app.changed alerts"])
      // A setting that is no limit does not concern other apps.
      await apps.change("alarms", { settings: { concurrent_calls: 5, share_calls: true } }, NOON + 2)
      assert.equal((await apps.get("alerts"))?.version, 2)

      await apps.create({ ...app, name: "hr", agentId: 7, settings: { member_per_hour: 9 } }, NOON)
      const moved = { agentId: 7, settings: { concurrent_calls: 5 } }
      const stays = await apps.change("alarms", moved, NOON + 3)
      assert.deepEqual(stays, { differsFrom: "hr", limits: [{ setting: "concurrent_calls", value: undefined }] })
      await apps.change("alarms", { agentId: 7 }, NOON + 3)
      assert.deepEqual(await settingsOf("alarms"), { share_calls: true, member_per_hour: 9 })
      assert.deepEqual(await settingsOf("alerts"), { share_calls: true, concurrent_calls: 5 })
      await apps.put({ ...alarms, settings: { concurrent_calls: 1 } }, NOON + 4)
      await using after = await store.crash()
      assert.deepEqual((await after.stores.apps.get("alarms"))?.settings, { concurrent_calls: 5 })
    },
  ),

  rule("a change of settings alone leaves a pause", async ({ stores: { apps } }) => {
    await apps.put(app, NOON)
    await apps.pause("alerts", pause, 1)
    await apps.change("alerts", { settings: {} }, NOON + 1)
    assert.deepEqual((await apps.get("alerts"))?.pause, pause)
    await apps.change("alerts", { secret: app.secrets.secret }, NOON + 1)
    assert.equal((await apps.get("alerts"))?.pause, undefined)
  }),

  rule("of changes that expect one version the first is made, and the others are refused", async ({ stores }) => {
    const { apps, corps, keys } = stores
    await apps.put(app, NOON)
    const changed = await Promise.all([
      apps.change("alerts", { agentId: 7 }, NOON, first),
      apps.change("alerts", { agentId: 8 }, NOON, first),
      apps.remove("alerts", NOON, first),
    ])
    assert.deepEqual(changed.map(versionOf), [2, "stale", "stale"])
    assert.equal((await apps.get("alerts"))?.agentId, 7)
    // The name alone does not make it the same app: its time of creation counts, too.
    assert.equal(await apps.remove("alerts", NOON, ({ createdAt }) => createdAt === NOON), "removed")

    await corps.put("ww1", {}, NOON)
    const put = await Promise.all([
      corps.put("ww1", { lookup_miss_budget: 1 }, NOON, first),
      corps.put("ww1", { lookup_miss_budget: 2 }, NOON, first),
    ])
    assert.deepEqual(put, [{ settings: { lookup_miss_budget: 1 }, version: 2 }, "stale"])
    assert.deepEqual(await corps.read("ww1"), put[0])

    await keys.add(key)
    const successor = { ...key, id: "key_2", hash: "cd".repeat(32) }
    const ended = await Promise.all([
      keys.revoke("key_1", NOON, first),
      keys.revoke("key_1", NOON, first),
      keys.rotate("key_1", successor, first),
    ])
    assert.deepEqual(ended, ["revoked", "stale", "stale"])
    assert.equal((await keys.list()).length, 1)
  }),

  rule("an app with unfinished messages is not removed", async ({ stores: { apps, events, outbox } }) => {
    await apps.put(app, NOON)
    await acceptAll(outbox, ["msg_1"])
    assert.equal(await apps.remove("alerts", NOON), "has_unfinished")
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")] })
    const before = await events.latest()
    assert.equal(await apps.remove("alerts", NOON + 5), "removed")
    const told = await events.since(before, { limit: 9, apps: "all" })
    assert.deepEqual(
      told.map(({ type, app, at }) => [type, app, at]),
      [["app.changed", "alerts", NOON + 5]],
    )
    assert.equal(await apps.remove("alerts", NOON + 5), "unknown")
  }),

  rule("a pause is kept from its beginning, its probe moves, and both ends are events", async (store) => {
    const { apps, events } = store.stores
    await apps.put(app, NOON)
    const from = await events.latest()
    await apps.pause("alerts", pause, 1)
    await apps.pause("alerts", { ...pause, since: NOON + 60_000, nextProbeAt: NOON + 120_000 }, 1)
    assert.deepEqual((await apps.get("alerts"))?.pause, { ...pause, nextProbeAt: NOON + 120_000 })
    await apps.pause("alerts", { ...pause, errcode: 50_003, since: NOON + 1 }, 1)
    assert.equal(await apps.pause("none", pause, 1), false)
    await using after = await store.crash()
    assert.equal((await after.stores.apps.get("alerts"))?.pause?.since, NOON + 1)
    assert.deepEqual(
      [await after.stores.apps.resume("alerts", NOON + 2, 1), await after.stores.apps.resume("alerts", NOON + 3, 1)],
      [true, false],
    )
    const told = await after.stores.events.since(from, { limit: 9, apps: "all" })
    assert.deepEqual(
      told.map(({ type, data }) => [type, data["errcode"]]),
      [
        ["app.paused", 60_020],
        ["app.paused", 50_003],
        ["app.resumed", 50_003],
      ],
    )
  }),

  rule(
    "a pause, and its end, tell nothing of an app that has been changed since they were seen",
    async ({ stores }) => {
      const { apps } = stores
      await apps.put(app, NOON)
      await apps.change("alerts", { secret: "new" }, NOON + 1)
      assert.equal(await apps.pause("alerts", pause, 1), false)
      assert.equal((await apps.get("alerts"))?.pause, undefined)
      assert.equal(await apps.pause("alerts", pause, 2), true)
      assert.equal(await apps.resume("alerts", NOON + 2, 1), false)
      assert.deepEqual((await apps.get("alerts"))?.pause, pause)
    },
  ),

  // proves 29.P7: other limits of look-ups
  rule("each app of a corp counts as changed when settings of the corp change", async ({ stores }) => {
    const { apps, corps, events } = stores
    for (const name of ["alerts", "hr"]) await apps.put({ ...app, name }, NOON)
    await apps.put({ ...app, name: "other", corpId: "ww2" }, NOON)
    const from = await events.latest()
    await corps.put(app.corpId, { lookup_miss_budget: 20 }, NOON + 1)
    assert.equal(await corps.put(app.corpId, {}, NOON, () => false), "stale")
    const told = await events.since(from, { limit: 10, apps: "all" })
    assert.deepEqual(
      told.map((event) => [event.type, event.app, event.at, event.data]),
      ["alerts", "hr"].map((name) => ["app.changed", name, NOON + 1, { corp_settings: true }]),
    )
  }),

  rule("settings of a corp are kept, and none are empty", async ({ stores: { corps } }) => {
    assert.deepEqual(await corps.get("ww1"), {})
    await corps.put("ww1", { lookup_miss_budget: 20 }, NOON)
    await corps.put("ww1", { lookup_miss_budget: 30 }, NOON)
    assert.deepEqual([await corps.get("ww1"), await corps.get("ww2")], [{ lookup_miss_budget: 30 }, {}])
    assert.deepEqual(
      [await corps.read("ww1"), await corps.read("ww2")],
      [
        { settings: { lookup_miss_budget: 30 }, version: 2 },
        { settings: {}, version: 0 },
      ],
    )
  }),

  rule("a key is found by its hash, and revoked once", async (store) => {
    const { keys } = store.stores
    await keys.add(key)
    const record = { ...key, version: 1, revokedAt: undefined, lastUsedAt: undefined }
    assert.deepEqual([await keys.findByHash(key.hash), await keys.get("key_1")], [record, record])
    assert.deepEqual([await keys.findByHash("cd".repeat(32)), await keys.get("key_9")], [undefined, undefined])
    assert.deepEqual(
      [await keys.revoke("key_1", NOON + 1), await keys.revoke("key_1", NOON + 2)],
      ["revoked", "revoked_before"],
    )
    assert.equal(await keys.revoke("key_9", NOON), "unknown")
    await using after = await store.crash()
    const revoked = await after.stores.keys.findByHash(key.hash)
    assert.deepEqual([revoked?.revokedAt, revoked?.version], [NOON + 1, 2])
  }),

  rule("a successor is the same client, and a revoked key gets none", async (store) => {
    const { keys } = store.stores
    await keys.add(key)
    const successor = { ...key, id: "key_2", hash: "cd".repeat(32) }
    const done = await Promise.all([
      keys.rotate("key_1", successor),
      keys.revoke("key_1", NOON),
      keys.rotate("key_1", { ...key, id: "key_3", hash: "ef".repeat(32) }),
      keys.rotate("key_9", { ...key, id: "key_4", hash: "01".repeat(32) }),
    ])
    assert.deepEqual(done, ["added", "revoked", "revoked", "unknown"])
    await using after = await store.crash()
    assert.deepEqual(
      (await after.stores.keys.list()).map(({ id, client, revokedAt }) => [id, client, revokedAt]),
      [
        ["key_1", "key_1", NOON],
        ["key_2", "key_1", undefined],
      ],
    )
  }),

  rule("keys are listed oldest first, with their last use", async ({ stores: { keys } }) => {
    const second = { ...key, id: "key_2", hash: "cd".repeat(32), apps: "all", createdAt: NOON - 1 } as const
    await keys.add(key)
    await keys.add({ ...second, audienceCap: undefined, overflow: undefined })
    await keys.used([
      { id: "key_1", at: NOON + 5 },
      { id: "key_9", at: NOON },
    ])
    await keys.used([{ id: "key_1", at: NOON + 4 }])
    assert.deepEqual(
      (await keys.list()).map(({ id, lastUsedAt, apps, audienceCap }) => [id, lastUsedAt, apps, audienceCap]),
      [
        ["key_2", undefined, "all", undefined],
        ["key_1", NOON + 5, ["alerts"], 5000],
      ],
    )
  }),

  rule("a second key with the same id or hash is refused", async ({ stores: { keys } }) => {
    await keys.add(key)
    await assert.rejects(keys.add({ ...key, id: "key_2" }))
    await assert.rejects(keys.add({ ...key, hash: "cd".repeat(32) }))
    assert.equal((await keys.list()).length, 1)
  }),

  rule("the audit trail is read newest first, page by page", async (store) => {
    await store.stores.audit.append([entry, { ...entry, action: "key.revoked", from: undefined, target: undefined }])
    await store.stores.audit.append([{ ...entry, actor: "local" }])
    await using after = await store.crash()
    const { audit } = after.stores
    const first = await audit.list({ limit: 2, apps: "all" })
    const second = await audit.list({ limit: 2, apps: "all", cursor: first.nextCursor ?? "" })
    assert.deepEqual(
      [...first.items, ...second.items].map(({ actor, action }) => [actor, action]),
      [
        ["local", "app.put"],
        ["key_1", "key.revoked"],
        ["key_1", "app.put"],
      ],
    )
    const oldest = second.items[0]
    const { apps: _, ...told } = entry
    assert.deepEqual(oldest, { ...told, id: oldest?.id })
    assert.equal(second.nextCursor, undefined)
  }),

  rule("of the audit trail a key is shown what is about its apps alone", async ({ stores: { audit } }) => {
    await audit.append([
      about("a", ["alerts"]),
      about("b", ["hr"]),
      about("c", ["alerts", "hr"]),
      about("d", "all"),
      about("e", ["alerts"]),
    ])
    const shown = async (apps: AppScope): Promise<string> => (await trailOf(audit, apps, 1)).join("")
    assert.equal(await shown("all"), "edcba")
    assert.equal(await shown(["alerts"]), "ea")
    assert.equal(await shown(["hr", "alerts"]), "ecba")
    assert.equal(await shown(["another"]), "")
  }),

  // proves 12.R14: long histories
  rule("what a key is shown of the audit trail comes in its order, whomever else it is about", async (store) => {
    const { audit, upkeep } = store.stores
    // Beside its own: names that begin alike, groups with one of its apps and others, no app, and all apps.
    const groups = [
      ["hr"],
      ["alert"],
      ["alerts"],
      ["alerts", "hr"],
      ["alerts", "it"],
      ["alerts2"],
      ["hr", "alerts"],
      ["it", "alerts"],
      [],
      "all",
    ] as const
    const shown = new Set([0, 2, 3, 6, 8])
    // All equally often, in changing order.
    const written = Array.from({ length: 110 }, (_, n) => (n * 7 + Math.floor(n / 10)) % groups.length)
    await audit.append(written.map((group, n) => about(String(n), groups[group] ?? [], NOON + n)))
    const expected = written.flatMap((group, n) => (shown.has(group) ? [String(n)] : [])).toReversed()
    const apps = ["alerts", "hr", "hr"]
    for (const limit of [1, 4, 200]) assert.deepEqual(await trailOf(audit, apps, limit), expected)
    const cutoffs = { now: NOON, finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 200 }
    await upkeep.prune({ ...cutoffs, auditBefore: NOON + 50 })
    assert.deepEqual(
      await trailOf(audit, apps, 4),
      expected.filter((action) => Number(action) >= 50),
    )
  }),

  rule("the audit trail is cut at its beginning, and tells how much has gone and from when", async (store) => {
    const { audit, upkeep } = store.stores
    await audit.append(Array.from({ length: 10 }, (_, n) => ({ ...entry, at: NOON + n, action: `a${n}` })))
    assert.deepEqual(await audit.extent(), { entries: 10, deleted: undefined })
    const cut = async (bounds: Partial<typeof WHOLE_TRAIL>): Promise<number> => {
      const cutoffs = { now: NOON, finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 2 }
      let entries = 0
      for (let turn = 0; ; turn++) {
        assert.ok(turn < 100, "pruning never ends")
        const report = await upkeep.prune({ ...cutoffs, ...bounds })
        entries += report.auditEntries
        if (!report.more) return entries
      }
    }
    assert.equal(await cut({}), 0)
    assert.equal(await cut({ auditEntries: 7 }), 3)
    assert.deepEqual(await audit.extent(), { entries: 7, deleted: { entries: 3, until: NOON + 2 } })
    assert.equal(await cut({ auditBefore: NOON + 5 }), 2)
    await using after = await store.crash()
    const later = after.stores.audit
    assert.deepEqual(await later.extent(), { entries: 5, deleted: { entries: 5, until: NOON + 4 } })
    await later.append([{ ...entry, action: "new" }])
    const { items } = await later.list(all)
    assert.deepEqual(
      items.map(({ action }) => action),
      ["new", "a9", "a8", "a7", "a6", "a5"],
    )
    // An id is not given twice, also after deletions.
    assert.equal(new Set(items.map(({ id }) => id)).size, 6)
    assert.equal(Math.min(...items.map(({ id }) => id)), 6)
  }),

  rule("tokens come back as they were, and one at a time is fetched for a key", async (store) => {
    const { tokens } = store.stores
    const record = { token: "t1", expiresAt: NOON, refreshAt: NOON - 1 }
    await tokens.set("k", record)
    await tokens.set("other", {
      notBefore: NOON,
      refusal: { errcode: 40_001, errmsg: "invalid credential", api: "gettoken" },
    })
    const order: string[] = []
    const fetch = (name: string) => async () => {
      order.push(`${name} begins`)
      await tokens.set(name, record)
      order.push(`${name} ends`)
      if (name === "a") throw new Error("refused")
      return name
    }
    const results = await Promise.allSettled([
      tokens.exclusively?.("k", fetch("a")),
      tokens.exclusively?.("k", fetch("b")),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ["rejected", "fulfilled"],
    )
    if (tokens.exclusively !== undefined) assert.deepEqual(order, ["a begins", "a ends", "b begins", "b ends"])
    await using after = await store.crash()
    assert.deepEqual(await after.stores.tokens.get("k"), record)
    assert.equal(await after.stores.tokens.get("unknown"), undefined)
  }),

  rule("one task at a time runs under a name, a failed one too, and other names do not wait", async ({ stores }) => {
    const order: string[] = []
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const first = stores.locks.run("a", async () => {
      order.push("first begins")
      await held
      order.push("first ends")
      throw new Error("failed")
    })
    const second = stores.locks.run("a", async () => void order.push("second"))
    await stores.locks.run("b", async () => void order.push("other"))
    letGo()
    await Promise.allSettled([first, second])
    // The other one may have run before the first.
    assert.deepEqual(
      order.filter((one) => one !== "other"),
      ["first begins", "first ends", "second"],
    )
    assert.ok(order.indexOf("other") < order.indexOf("first ends"))
  }),

  rule("look-ups and pauses are kept", async (store) => {
    const { lookups } = store.stores
    await lookups.set([
      ["a", { userid: "007", storedAt: NOON }],
      ["__proto__", { userid: null, storedAt: NOON }],
    ])
    await lookups.set([["a", { userid: "lisi", storedAt: NOON + 1 }]])
    await lookups.setPause("corp", { until: NOON, step: 1 })
    await lookups.setPause("corp", { until: NOON + 1, step: 2 })
    await using after = await store.crash()
    assert.deepEqual(await after.stores.lookups.get(["__proto__", "constructor", "a", "a"]), [
      { userid: null, storedAt: NOON },
      undefined,
      { userid: "lisi", storedAt: NOON + 1 },
      { userid: "lisi", storedAt: NOON + 1 },
    ])
    assert.deepEqual(await after.stores.lookups.getPause("corp"), { until: NOON + 1, step: 2 })
    assert.equal(await after.stores.lookups.getPause("other"), undefined)
  }),

  rule("userids alone are given for hits as recent as is asked for", async ({ stores: { lookups } }) => {
    await lookups.set([
      ["early", { userid: "zhangsan", storedAt: NOON - 1 }],
      ["first", { userid: "lisi", storedAt: NOON }],
      ["last", { userid: "wangwu", storedAt: NOON + 1 }],
      ["late", { userid: "zhaoliu", storedAt: NOON + 2 }],
      ["miss", { userid: null, storedAt: NOON }],
    ])
    assert.deepEqual(
      await lookups.userids(["last", "unknown", "early", "miss", "late", "first", "last"], NOON, NOON + 1),
      ["wangwu", undefined, undefined, undefined, undefined, "lisi", "wangwu"],
    )
  }),

  // proves 31.party: guard and quota of kinds are apart
  rule(
    "person-times of an agent are never overspent, and the event of either kind is written once a day for each of its apps",
    async (store) => {
      const { apps, personTimes, events } = store.stores
      for (const name of ["alerts", "alarms"]) await apps.put({ ...app, ...AGENT, name }, NOON)
      await apps.put({ ...app, name: "hr", agentId: 7 }, NOON)
      const wish = { party: PARTY, day: "2026-11-25", lowFrom: 8, at: NOON }
      const taken = await Promise.all([
        personTimes.take({ ...wish, wanted: 7, limit: 9 }),
        personTimes.take({ ...wish, wanted: 1, limit: 9 }),
        personTimes.take({ ...wish, wanted: 3, limit: 9 }),
        personTimes.take({ ...wish, wanted: 3, limit: 9 }),
        personTimes.take({ ...wish, wanted: 1, limit: 10 }),
      ])
      assert.deepEqual(
        taken.map(({ granted, news }) => [granted, news]),
        [
          [7, undefined],
          [1, "low"],
          [1, "spent"],
          [0, undefined],
          [1, undefined],
        ],
      )
      await personTimes.giveBack(PARTY, "2026-11-25", 3)
      const told = (await events.since(0, { limit: 99, apps: "all" })).filter(({ type }) =>
        type.startsWith("app.quota"),
      )
      assert.deepEqual(
        told.map(({ type, app, data }) => [type, app, data]),
        [
          ["app.quota_low", "alarms", { day: "2026-11-25", person_times: 8 }],
          ["app.quota_low", "alerts", { day: "2026-11-25", person_times: 8 }],
          ["app.quota_spent", "alarms", { day: "2026-11-25", person_times: 9 }],
          ["app.quota_spent", "alerts", { day: "2026-11-25", person_times: 9 }],
        ],
      )
      await using after = await store.crash()
      const later = after.stores.personTimes
      assert.equal(await later.taken(PARTY, "2026-11-25"), 7)
      assert.deepEqual(await later.take({ ...wish, wanted: 9, limit: 9 }), { granted: 2, news: undefined })
      assert.equal((await later.take({ ...wish, day: "2026-11-26", wanted: 9, limit: 9 })).granted, 9)
      for (const other of [
        { ...PARTY, partyId: "7" },
        { ...PARTY, kind: "robot" },
        { ...PARTY, corpId: "ww2" },
      ]) {
        assert.equal(await later.taken(other, "2026-11-25"), 0)
      }
    },
  ),

  rule("a budget for misses is never overspent, however many ask at once", async (store) => {
    const { misses } = store.stores
    const day = "2026-11-25"
    const granted = await Promise.all(
      [7, 7, 7].map(async (wanted) => (await misses.take("ww1", day, wanted, 10)).granted),
    )
    assert.deepEqual(granted, [7, 3, 0])
    await misses.settle("ww1", day, { asked: 10, missed: 6 })
    await using after = await store.crash()
    assert.equal(await after.stores.misses.taken("ww1", day), 6)
    assert.equal((await after.stores.misses.take("ww1", day, 9, 10)).granted, 4)
    assert.equal((await after.stores.misses.take("ww1", "2026-11-26", 9, 10)).granted, 9)
    assert.equal((await after.stores.misses.take("ww2", day, 0, 10)).granted, 0)
    assert.equal((await after.stores.misses.take("ww1", day, 1, 5)).granted, 0)
  }),

  // proves 28.D4: shares of keys and apps
  rule("of a budget for misses one holder gets half, and others then their share each", async (store) => {
    const { misses } = store.stores
    const day = "2026-11-25"
    const [greedy, beside, other] = [
      { names: ["key key_1", "app alerts"], share: 2 },
      { names: ["key key_2", "app alerts"], share: 2 },
      { names: ["key key_3", "app hr"], share: 2 },
    ]
    const first = await misses.take("ww1", day, 9, 10, greedy)
    assert.equal(first.granted, 5)
    await misses.settle("ww1", day, { asked: 5, missed: 5, names: greedy.names })
    const more = await misses.take("ww1", day, 1, 10, greedy)
    assert.deepEqual(more, { granted: 0, short: { isSpent: true, share: { name: "key key_1", taken: 5, missed: 5 } } })
    const sameApp = await misses.take("ww1", day, 1, 10, beside)
    assert.deepEqual(sameApp.short, { isSpent: true, share: { name: "app alerts", taken: 5, missed: 5 } })
    assert.equal((await misses.take("ww1", day, 9, 10, other)).granted, 2)
    // Members have them: they cost nothing.
    await misses.settle("ww1", day, { asked: 2, missed: 0, names: other.names })
    assert.equal((await misses.take("ww1", day, 1, 10, other)).granted, 1)
    await using after = await store.crash()
    const later = after.stores.misses
    const greedyLater = await later.take("ww1", day, 1, 10, greedy)
    assert.deepEqual(greedyLater.short?.share, { name: "key key_1", taken: 5, missed: 5 })
    assert.equal((await later.take("ww1", day, 9, 10, other)).granted, 2, "what was asked at the crash is given back")
    assert.equal((await later.take("ww2", day, 1, 10, greedy)).granted, 1, "another corp has a budget of its own")
  }),

  // proves 29.P1: look-ups of several gateways
  rule("only misses use up a budget or a share: a number that is being asked may belong to a member", async (store) => {
    const { misses } = store.stores
    const day = "2026-11-25"
    const take = (names: readonly string[]) => misses.take("ww1", day, 9, 10, { names, share: 2 })
    const [one, two, three] = [["key key_1"], ["key key_2"], ["key key_3"]]
    assert.equal((await take(one)).granted, 5)
    await misses.settle("ww1", day, { asked: 2, missed: 2, names: one })
    const share = { name: "key key_1", taken: 5, missed: 2 }
    assert.deepEqual(await take(one), { granted: 0, short: { isSpent: false, share } })
    for (const names of [two, three]) assert.equal((await take(names)).granted, 2)
    assert.equal((await take(["key key_4"])).granted, 1)
    assert.deepEqual(await take(["key key_5"]), { granted: 0, short: { isSpent: false } })
    await misses.settle("ww1", day, { asked: 3, missed: 3, names: one })
    assert.deepEqual(await take(one), { granted: 0, short: { isSpent: true, share: { ...share, missed: 5 } } })
    assert.deepEqual(await take(["key key_5"]), { granted: 0, short: { isSpent: false } })
    for (const names of [two, three]) await misses.settle("ww1", day, { asked: 2, missed: 2, names })
    await misses.settle("ww1", day, { asked: 1, missed: 1, names: ["key key_4"] })
    assert.deepEqual(await take(["key key_5"]), { granted: 0, short: { isSpent: true } })
    assert.deepEqual(await take(one), { granted: 0, short: { isSpent: true } })
  }),

  rule("what was being asked at a crash is given back, as much as the budget in one day", async (store) => {
    const day = "2026-11-25"
    assert.equal((await store.stores.misses.take("ww1", day, 7, 10)).granted, 7)
    await store.stores.misses.settle("ww1", day, { asked: 2, missed: 1 })
    await using second = await store.crash()
    assert.equal((await second.stores.misses.take("ww1", day, 20, 10)).granted, 9, "5 were given back, 1 was a miss")
    await using third = await second.crash()
    assert.equal(
      (await third.stores.misses.take("ww1", day, 20, 10)).granted,
      5,
      "of 9 another 5; the others count as misses",
    )
    await using fourth = await third.crash()
    assert.equal((await fourth.stores.misses.take("ww1", day, 20, 10)).granted, 0)
    assert.equal(await fourth.stores.misses.taken("ww1", day), 10)
    assert.equal(
      (await fourth.stores.misses.take("ww1", "2026-11-26", 20, 10)).granted,
      10,
      "the next day is a new one",
    )
  }),
]
