import assert from "node:assert/strict"
import { inspect } from "node:util"
import type { NewSource, SourceRecord } from "../../../model/ports/sources.ts"
import type { Versioned } from "../../../model/ports/versions.ts"
import { NOON } from "../build.ts"
import { rule } from "./rule.ts"

const source: NewSource = {
  id: "src_1",
  name: "Prometheus",
  adapter: "text",
  app: "alerts",
  to: { mobiles: ["13800000001"], tags: [1] },
  priority: "high",
  template: "{{ title }}",
  prefix: "wps_abcd",
  hash: "ab".repeat(32),
  signingSecret: "canary-signing",
  createdAt: NOON,
}
const other: NewSource = {
  ...source,
  id: "src_2",
  hash: "cd".repeat(32),
  to: { all: true },
  priority: "normal",
  template: undefined,
  signingSecret: undefined,
  createdAt: NOON + 1,
}
const first = ({ version }: Versioned): boolean => version === 1

function recordOf({ signingSecret, ...told }: NewSource): SourceRecord {
  return { ...told, old: undefined, hasSigningSecret: signingSecret !== undefined, lastUsedAt: undefined, version: 1 }
}

export const sourceRules = [
  rule("a source is kept, and is found by its token's hash with its secret, which no list shows", async (store) => {
    await store.stores.sources.add(other)
    await store.stores.sources.add(source)
    await using after = await store.crash()
    const { sources } = after.stores
    assert.deepEqual(await sources.list(), [recordOf(source), recordOf(other)])
    assert.deepEqual(await sources.get("src_1"), recordOf(source))
    assert.ok(!inspect(await sources.list(), { depth: null }).includes("canary"))
    const found = await sources.findByHash(source.hash)
    assert.deepEqual(found, { source: recordOf(source), signingSecret: "canary-signing" })
    assert.deepEqual(await sources.findByHash(other.hash), { source: recordOf(other), signingSecret: undefined })
    assert.deepEqual([await sources.get("src_3"), await sources.findByHash("ef".repeat(32))], [undefined, undefined])
  }),

  rule("a source's token is another once it is rotated, and the one before is known with its end", async (store) => {
    const { sources } = store.stores
    await sources.add(source)
    const [second, third] = ["cd".repeat(32), "ef".repeat(32)]
    const rotated = await sources.rotate("src_1", { prefix: "wps_cdcd", hash: second }, NOON + 60_000)
    const expected = {
      ...recordOf(source),
      prefix: "wps_cdcd",
      hash: second,
      old: { hash: source.hash, until: NOON + 60_000 },
      version: 2,
    }
    assert.deepEqual(rotated, expected)
    assert.deepEqual((await sources.findByHash(source.hash))?.source, expected)
    assert.deepEqual((await sources.findByHash(second))?.source, expected)
    await sources.rotate("src_1", { prefix: "wps_efef", hash: third }, NOON)
    await using after = await store.crash()
    assert.equal(await after.stores.sources.findByHash(source.hash), undefined)
    assert.equal((await after.stores.sources.findByHash(second))?.source.old?.until, NOON)
    assert.equal(await after.stores.sources.rotate("src_9", { prefix: "p", hash: "99" }, NOON), "unknown")
  }),

  rule("of a source that which a change names is otherwise, and nothing else", async (store) => {
    const { sources } = store.stores
    await sources.add(source)
    const to = { users: ["lisi"] }
    assert.deepEqual(await sources.change("src_1", { to, template: null }), {
      ...recordOf(source),
      to,
      template: undefined,
      version: 2,
    })
    assert.equal((await sources.findByHash(source.hash))?.signingSecret, "canary-signing")
    await sources.change("src_1", { name: "Grafana", app: "hr", priority: "bulk", signingSecret: "new" })
    await using after = await store.crash()
    const found = await after.stores.sources.findByHash(source.hash)
    const { name, app, priority, version } = found?.source ?? recordOf(other)
    assert.deepEqual([name, app, priority, version, found?.signingSecret], ["Grafana", "hr", "bulk", 3, "new"])
    await after.stores.sources.change("src_1", { signingSecret: null })
    assert.equal((await after.stores.sources.findByHash(source.hash))?.signingSecret, undefined)
    assert.equal((await after.stores.sources.get("src_1"))?.hasSigningSecret, false)
    assert.equal(await after.stores.sources.change("src_9", {}), "unknown")
  }),

  rule("when a source was last used is kept, never earlier than it was, and is no change of it", async (store) => {
    const { sources } = store.stores
    await sources.add(source)
    await sources.add(other)
    await sources.used([
      { id: "src_1", at: NOON + 5 },
      { id: "src_9", at: NOON },
    ])
    await sources.used([{ id: "src_1", at: NOON + 4 }])
    await using after = await store.crash()
    assert.deepEqual(await after.stores.sources.list(), [
      { ...recordOf(source), lastUsedAt: NOON + 5 },
      recordOf(other),
    ])
  }),

  rule(
    "of changes of a source that expect one version the first is made; one that is removed is unknown",
    async (store) => {
      const { sources } = store.stores
      await sources.add(source)
      const token = { prefix: "wps_cdcd", hash: "cd".repeat(32) }
      const made = await Promise.all([
        sources.change("src_1", { name: "one" }, first),
        sources.change("src_1", { name: "two" }, first),
        sources.rotate("src_1", token, NOON, first),
        sources.remove("src_1", first),
      ])
      assert.deepEqual(
        made.map((one) => (typeof one === "string" ? one : one.name)),
        ["one", "stale", "stale", "stale"],
      )
      assert.equal(await sources.remove("src_1"), "removed")
      await using after = await store.crash()
      assert.equal(await after.stores.sources.findByHash(source.hash), undefined)
      assert.equal(await after.stores.sources.remove("src_1"), "unknown")
    },
  ),
]
