import assert from "node:assert/strict"
import { test } from "node:test"
import type { MediaStore } from "../media-store.ts"

/** Rules for every store of uploaded files. */
export function mediaStoreContract(name: string, open: () => Promise<{ store: MediaStore } & AsyncDisposable>): void {
  test(`${name}: a record is kept under its key, and a later one takes its place`, async () => {
    await using opened = await open()
    const { store } = opened
    assert.equal(await store.get("a"), undefined)
    await store.set("a", { mediaId: "M1", uploadedAt: NOW })
    await store.set("b", { mediaId: "M2", uploadedAt: NOW })
    await store.set("a", { mediaId: "M3", uploadedAt: NOW + 1 })
    assert.deepEqual(await store.get("a"), { mediaId: "M3", uploadedAt: NOW + 1 })
    assert.deepEqual(await store.get("b"), { mediaId: "M2", uploadedAt: NOW })
  })

  test(`${name}: records written at the same time are all kept`, async () => {
    await using opened = await open()
    const { store } = opened
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
    await Promise.all(keys.map((key) => store.set(key, { mediaId: key, uploadedAt: NOW })))
    const records = await Promise.all(keys.map((key) => store.get(key)))
    assert.deepEqual(
      records.map((record) => record?.mediaId),
      keys,
    )
  })

  test(`${name}: keys such as __proto__ survive`, async () => {
    await using opened = await open()
    const { store } = opened
    await store.set("__proto__", { mediaId: "M", uploadedAt: NOW })
    assert.equal((await store.get("__proto__"))?.mediaId, "M")
    assert.equal(await store.get("constructor"), undefined)
  })
}

const NOW = Date.now()
