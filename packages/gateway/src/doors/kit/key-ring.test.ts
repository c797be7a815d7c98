import assert from "node:assert/strict"
import crypto, { hash } from "node:crypto"
import { syncBuiltinESMExports } from "node:module"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { GatewayTokens } from "../compat/gateway-tokens.ts"
import type { KeyRecord, KeyStore } from "../../model/ports/keys.ts"
import { KeyRing } from "./key-ring.ts"

const KEY = `wp_${"k".repeat(43)}`
const OF_THE_ENVIRONMENT = "e".repeat(40)
/** Keys of all lengths, including an empty one and one that is longer than any key. */
const WRONG = ["", "w", `${KEY}x`, KEY.slice(0, -1), `${KEY.slice(0, -1)}l`, "密钥", "x".repeat(10_000), undefined]

const digestOf = (text: string): string => hash("sha256", text, "hex")

function aKey(changes: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: "key_1",
    client: "key_1",
    name: "k",
    prefix: KEY.slice(0, 8),
    hash: digestOf(KEY),
    scopes: ["send"],
    apps: "all",
    audienceCap: undefined,
    overflow: undefined,
    forward: [],
    createdAt: 0,
    version: 1,
    revokedAt: undefined,
    lastUsedAt: undefined,
    ...changes,
  }
}

/** Answers every question with the same key, and remembers what it was asked. */
function storeOf(key: KeyRecord): { readonly asked: string[]; readonly keys: KeyStore } {
  const asked: string[] = []
  const findByHash = (digest: string): Promise<KeyRecord> => {
    asked.push(digest)
    return Promise.resolve(key)
  }
  const get = (): Promise<KeyRecord> => Promise.resolve(key)
  return { asked, keys: { findByHash, get } as unknown as KeyStore }
}

/** Notes the lengths that are compared; the real comparison still runs. */
function watchComparisons(t: TestContext): [number, number][] {
  const lengths: [number, number][] = []
  const real = crypto.timingSafeEqual
  t.mock.method(crypto, "timingSafeEqual", (one: Uint8Array, other: Uint8Array) => {
    lengths.push([one.length, other.length])
    return real(one, other)
  })
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  return lengths
}

// proves row 3: how keys are compared
test("row 3: the store is asked for the digest of a key and never for the key, and what it answers is compared", async () => {
  const { asked, keys } = storeOf(aKey())
  const ring = new KeyRing(keys, undefined)
  for (const wrong of WRONG) assert.equal(await ring.find(wrong, 0), undefined, wrong)
  assert.deepEqual(
    asked,
    WRONG.map((wrong = "") => digestOf(wrong)),
  )
  assert.equal((await ring.find(KEY, 0))?.id, "key_1")
  assert.equal(asked.at(-1), digestOf(KEY))
})

// proves row 3: how keys are compared
test("row 3: keys are compared in constant time, as digests of one length, the environment's too", async (t) => {
  const lengths = watchComparisons(t)
  const ring = new KeyRing(storeOf(aKey()).keys, OF_THE_ENVIRONMENT)
  for (const wrong of WRONG) assert.equal(await ring.find(wrong, 0), undefined, wrong)
  // Each is compared with the key of the environment, and with the key that the store found.
  assert.equal(lengths.length, 2 * WRONG.length)
  assert.equal((await ring.find(OF_THE_ENVIRONMENT, 0))?.id, "key_environment")
  assert.equal((await ring.find(KEY, 0))?.id, "key_1")
  assert.equal(lengths.length, 2 * WRONG.length + 3)
  for (const pair of lengths) assert.deepEqual(pair, [32, 32])
})

// proves row 3: how keys are compared
test("row 3: tokens of the compat paths are compared likewise", async (t) => {
  const lengths = watchComparisons(t)
  const key = aKey()
  const tokens = { get: () => Promise.resolve(undefined), set: () => Promise.resolve() }
  const issuer = new GatewayTokens({ tokens, keyRing: new KeyRing(storeOf(key).keys, undefined), now: () => 0 })
  const { token } = await issuer.issue(key, "ww1")
  const before = lengths.length
  assert.equal((await issuer.holderOf(token))?.key.id, "key_1")
  const changed = `${token.startsWith("A") ? "B" : "A"}${token.slice(1)}`
  assert.equal(await issuer.holderOf(changed), undefined)
  assert.equal(lengths.length, before + 2)
  for (const [one, other] of lengths) assert.equal(one, other)
  // This token equals the other only in the lower byte of each character.
  const alike = token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 256)
  assert.equal(await issuer.holderOf(alike), undefined)
})

// proves 29.E8: many followers
test("29.E8: a hundred who ask at once whether a key is valid cost one look at the store", async () => {
  const { keys } = storeOf(aKey())
  let looks = 0
  const ring = new KeyRing({ ...keys, get: () => Promise.resolve((looks++, aKey())) }, undefined)
  for (const now of [0, 5000]) {
    const found = await Promise.all(Array.from({ length: 100 }, () => ring.isValid({ id: "key_1" }, now)))
    assert.ok(found.every(Boolean))
  }
  assert.equal(looks, 2)
})

test("a store that fails at once is asked again, and its error reaches who asked", async () => {
  const { keys } = storeOf(aKey())
  const answers = [
    (): never => {
      throw new Error("the database is closed")
    },
    () => Promise.resolve(aKey()),
  ]
  const ring = new KeyRing({ ...keys, get: () => answers.shift()?.() ?? Promise.resolve(undefined) }, undefined)
  await assert.rejects(ring.findById("key_1", 0), /the database is closed/)
  assert.equal((await ring.findById("key_1", 0))?.id, "key_1")
})

test("a key that is revoked here while the store is asked for it is refused to those who ask then", async () => {
  const { keys } = storeOf(aKey())
  const early = Promise.withResolvers<KeyRecord>()
  const answers = [early.promise, Promise.resolve(aKey({ revokedAt: 1 }))]
  const ring = new KeyRing(
    { ...keys, get: () => answers.shift() ?? Promise.reject(new Error("a third look")) },
    undefined,
  )
  const before = ring.isValid({ id: "key_1" }, 0)
  ring.forget("key_1")
  early.resolve(aKey())
  assert.equal(await before, true)
  assert.equal(await ring.isValid({ id: "key_1" }, 1), false)
})
