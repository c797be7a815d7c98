import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { FEWEST_COUNTED_BYTES } from "../../../model/ports/media.ts"
import type { MediaHolding, MediaQuery, MediaStore, NewMedium } from "../../../model/ports/media.ts"
import { acceptAll, aKey, aSource, HOUR_MS, NOON, updateOf, WHOLE_TRAIL } from "../build.ts"
import { rule } from "./rule.ts"

const DAY_MS = 24 * HOUR_MS
const BYTES = Buffer.from("日志 1\n")
const UPLOAD = { mediaId: "3mEdIa", uploadedAt: NOON }

function aMedium(changes: Partial<NewMedium> = {}): NewMedium {
  return { id: "med_1", type: "file", filename: "日志.txt", keyId: "key_1", apps: ["alerts"], at: NOON, ...changes }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4) yield bytes.subarray(at, at + 4)
}

async function keep(
  media: MediaStore,
  changes: Partial<NewMedium> = {},
  bytes: Uint8Array = BYTES,
): ReturnType<MediaStore["keep"]> {
  await using draft = await media.receive(inPieces(bytes), 100)
  // Without `await` the draft would be disposed of while it is being kept.
  return await media.keep(draft, aMedium(changes))
}

async function bytesOf(media: MediaStore, id: string): Promise<Buffer | undefined> {
  const medium = await media.get(id)
  const blob = medium === undefined ? undefined : await media.open(medium)
  return blob === undefined ? undefined : Buffer.from(await blob.arrayBuffer())
}

export const mediaRules = [
  rule("a file that is kept is there after a crash, byte for byte, with what was said of it", async (store) => {
    assert.equal(await keep(store.stores.media), "stored")
    await using after = await store.crash()
    const { media } = after.stores
    const [medium, ...others] = await media.find(["med_1", "med_none", "med_1"], ["alerts"])
    assert.equal(others.length, 0)
    const { sha256, ...told } = medium ?? assert.fail()
    assert.match(sha256, /^[0-9a-f]{64}$/)
    const { id, type, filename } = aMedium()
    assert.deepEqual(told, { id, type, filename, sizeBytes: BYTES.length, storedAt: NOON, postedAt: NOON })
    assert.deepEqual(await bytesOf(media, "med_1"), BYTES)
  }),

  // proves 28.D5: a key revoked at work
  rule("a file that comes with a key that has been revoked is not kept, and leaves nothing", async ({ stores }) => {
    const { media, keys } = stores
    await keys.add(aKey("key_1"))
    await keys.revoke("key_1", NOON)
    assert.equal(await keep(media), "key_revoked")
    assert.equal(await media.get("med_1"), undefined)
    assert.equal(await keep(media, { keyId: "key_2" }), "stored")
    const { sha256 } = (await media.get("med_1")) ?? assert.fail()
    const others = Buffer.from("others")
    assert.equal(await keep(media, { id: "med_2" }, others), "key_revoked")
    assert.notEqual(await media.open({ sha256, sizeBytes: BYTES.length }), undefined)
    const digest = createHash("sha256").update(others).digest("hex")
    assert.equal(await media.open({ sha256: digest, sizeBytes: others.length }), undefined)
  }),

  // proves 32.in.revoked: a file of a source that was removed meanwhile
  rule("a file that comes from a source that has been removed is not kept", async ({ stores: { media, sources } }) => {
    await sources.add(aSource)
    assert.equal(await keep(media, { keyId: aSource.id }), "stored")
    await sources.remove(aSource.id)
    assert.equal(await keep(media, { id: "med_2", keyId: aSource.id }, Buffer.from("later")), "key_revoked")
    assert.equal(await media.get("med_2"), undefined)
  }),

  rule("a file that is handed in and not kept leaves nothing", async (store) => {
    const { media } = store.stores
    await (await media.receive(inPieces(BYTES), 100))[Symbol.asyncDispose]()
    await using after = await store.crash()
    assert.deepEqual(await after.stores.media.find(["med_1"], "all"), [])
    assert.equal(await after.stores.media.open({ sha256: "a".repeat(64), sizeBytes: BYTES.length }), undefined)
  }),

  rule("a file longer than the limit is not read to its end", async ({ stores: { media } }) => {
    let given = 0
    const endless = async function* () {
      for (;;) {
        given++
        yield BYTES
      }
    }
    await using draft = await media.receive(endless(), 100)
    assert.equal(draft.sizeBytes, 101)
    assert.ok(given < 20)
  }),

  rule("the same file again is the same, keeps its name, and is kept for longer", async ({ stores: { media } }) => {
    await keep(media)
    assert.equal(await keep(media, { at: NOON + 5, filename: "other.txt" }), "known")
    const medium = await media.get("med_1")
    assert.deepEqual([medium?.filename, medium?.storedAt, medium?.postedAt], ["日志.txt", NOON, NOON + 5])
    assert.deepEqual(await bytesOf(media, "med_1"), BYTES)
  }),

  rule(
    "a file is found for its apps alone, and for every app where it is everybody's",
    async ({ stores: { media } }) => {
      await keep(media)
      await keep(media, { id: "med_2", apps: "all" })
      const found = async (apps: readonly string[] | "all"): Promise<string[]> =>
        (await media.find(["med_1", "med_2"], apps)).map(({ id }) => id)
      assert.deepEqual(await found(["alerts"]), ["med_1", "med_2"])
      assert.deepEqual(await found(["hr"]), ["med_2"])
      assert.deepEqual(await found("all"), ["med_1", "med_2"])
      await keep(media, { apps: ["hr"] })
      assert.deepEqual(await found(["hr"]), ["med_1", "med_2"])
    },
  ),

  rule("where WeCom has a file is remembered for each corp, until it is forgotten", async (store) => {
    await keep(store.stores.media)
    await store.stores.media.rememberUpload("med_1", "corp 1", UPLOAD)
    await using after = await store.crash()
    const { media } = after.stores
    assert.deepEqual(await media.uploadOf("med_1", "corp 1"), UPLOAD)
    assert.equal(await media.uploadOf("med_1", "corp 2"), undefined)
    const renewed = { mediaId: "3nEwEr", uploadedAt: NOON + 1 }
    await media.rememberUpload("med_1", "corp 1", renewed)
    await media.forgetUpload("med_1", "corp 1", UPLOAD.mediaId)
    assert.deepEqual(await media.uploadOf("med_1", "corp 1"), renewed)
    await media.forgetUpload("med_1", "corp 1", renewed.mediaId)
    assert.equal(await media.uploadOf("med_1", "corp 1"), undefined)
  }),

  rule("old files go, but none that a stored message names, and no bytes that another file has too", async (store) => {
    const { media, outbox, upkeep } = store.stores
    for (const id of ["med_old", "med_named"]) await keep(media, { id }, Buffer.from(`the bytes of ${id}`))
    await keep(media, { id: "med_twin" })
    await keep(media, { id: "med_young", at: NOON + 2 * DAY_MS })
    await acceptAll(outbox, ["msg_1"], { media: ["med_named"] })
    const prune = async (days: number): Promise<string[]> => {
      const before = NOON + days * DAY_MS
      const cutoffs = {
        now: before,
        finishedBefore: before,
        eventsBefore: 0,
        lookupsBefore: 0,
        ...WHOLE_TRAIL,
        limit: 1,
      }
      while ((await upkeep.prune(cutoffs)).more);
      const all = ["med_old", "med_named", "med_twin", "med_young"]
      return (await media.find(all, "all")).map(({ id }) => id)
    }
    assert.deepEqual(await prune(1), ["med_named", "med_young"])
    assert.deepEqual(await bytesOf(media, "med_young"), BYTES)
    assert.notEqual(await bytesOf(media, "med_named"), undefined)

    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("failed")] })
    const medium = await media.get("med_named")
    assert.deepEqual(await prune(1), ["med_young"])
    assert.equal(await media.open(medium ?? assert.fail()), undefined)
  }),

  // proves 28.D4: shares of keys and apps
  rule("D4: what is stored is counted by key and app, as it comes and goes, and after a crash", async (store) => {
    const { media } = store.stores
    const large = Buffer.alloc(10_000)
    await keepLarge(media, large)
    await keep(media, { id: "med_2" })
    await keep(media, { id: "med_2", keyId: "key_2" })
    await keep(media, { id: "med_3", keyId: "key_2", apps: ["alerts", "hr"] })
    await keep(media, { id: "med_4", keyId: "key_2", apps: "all" })
    const all = [
      { keyId: "key_1", app: "alerts", bytes: large.length + FEWEST_COUNTED_BYTES },
      { keyId: "key_2", app: undefined, bytes: 2 * FEWEST_COUNTED_BYTES },
    ]
    assert.deepEqual(await holdings(media), all)
    await using after = await store.crash()
    assert.deepEqual(await holdings(after.stores.media), all)
    assert.equal(await after.stores.media.delete("med_1"), "deleted")
    assert.equal(await after.stores.media.delete("med_3"), "deleted")
    assert.deepEqual(await holdings(after.stores.media), [
      { keyId: "key_1", app: "alerts", bytes: FEWEST_COUNTED_BYTES },
      { keyId: "key_2", app: undefined, bytes: FEWEST_COUNTED_BYTES },
    ])
  }),

  // proves 28.D4: shares of keys and apps
  rule("D4: what is past its time is counted no more", async ({ stores: { media, upkeep } }) => {
    await keep(media)
    const before = NOON + DAY_MS
    const cutoffs = { now: before, finishedBefore: before, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 9 }
    while ((await upkeep.prune(cutoffs)).more);
    assert.deepEqual(await holdings(media), [])
  }),

  // proves 28.D4: shares of keys and apps
  rule(
    "D4: a file is deleted unless an unfinished message names it, and bytes that another has stay",
    async (store) => {
      const { media, outbox } = store.stores
      for (const id of ["med_1", "med_2"]) await keep(media, { id })
      await acceptAll(outbox, ["msg_1"], { media: ["med_1"] })
      assert.equal(await media.delete("med_none"), "unknown")
      assert.equal(await media.delete("med_1"), "in_use")
      await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("failed")] })
      await media.rememberUpload("med_1", "corp 1", UPLOAD)
      const { sha256 } = (await media.get("med_1")) ?? assert.fail()
      assert.equal(await media.delete("med_1"), "deleted")
      assert.deepEqual(await media.find(["med_1"], "all"), [])
      assert.equal(await media.uploadOf("med_1", "corp 1"), undefined)
      assert.deepEqual(await bytesOf(media, "med_2"), BYTES)
      assert.equal(await media.delete("med_2"), "deleted")
      assert.equal(await media.open({ sha256, sizeBytes: BYTES.length }), undefined)
      assert.equal(await keep(media), "stored")
      assert.deepEqual(await bytesOf(media, "med_1"), BYTES)
    },
  ),

  // proves 28.D4: shares of keys and apps
  rule("D4: files are listed by page, last handed in first, of one key and of the apps in scope", async (store) => {
    const { media } = store.stores
    await keep(media, { at: NOON + 2 })
    await keep(media, { id: "med_2", apps: ["alerts", "hr"] })
    await keep(media, { id: "med_3", keyId: "key_2", apps: "all", at: NOON + 1 })
    await keep(media, { id: "med_2", apps: ["hr"], at: NOON + 3 })
    const page = await media.list({ apps: "all", limit: 2 })
    const told = page.items.map(({ id, keyId, apps }) => ({ id, keyId, apps }))
    assert.deepEqual(told, [
      { id: "med_2", keyId: "key_1", apps: ["alerts", "hr"] },
      { id: "med_1", keyId: "key_1", apps: ["alerts"] },
    ])
    const rest = await media.list({ apps: "all", limit: 2, cursor: page.nextCursor ?? assert.fail() })
    assert.deepEqual([rest.items.map(({ id }) => id), rest.nextCursor], [["med_3"], undefined])
    const ids = async (query: Partial<MediaQuery>): Promise<readonly string[]> =>
      (await media.list({ apps: "all", limit: 9, ...query })).items.map(({ id }) => id)
    assert.deepEqual(await ids({ apps: ["alerts"] }), ["med_1"])
    assert.deepEqual(await ids({ apps: ["alerts", "hr"] }), ["med_2", "med_1"])
    assert.deepEqual(await ids({ keyId: "key_2" }), ["med_3"])
    assert.deepEqual(await ids({ cursor: "nonsense" }), [])
  }),
]

async function keepLarge(media: MediaStore, bytes: Uint8Array): Promise<void> {
  await using draft = await media.receive(inPieces(bytes), bytes.length)
  await media.keep(draft, aMedium())
}

async function holdings(media: MediaStore): Promise<readonly MediaHolding[]> {
  return (await media.holdings()).toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1))
}
