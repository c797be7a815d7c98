import assert from "node:assert/strict"
import { test } from "node:test"
import type { LookupStore } from "../lookup-store.ts"

/** Rules for every look-up store. */
export function lookupStoreContract(name: string, open: () => Promise<{ store: LookupStore } & AsyncDisposable>): void {
  test(`${name}: records come back in the order asked, unknown keys as undefined`, async () => {
    await using opened = await open()
    const { store } = opened
    await store.set([
      ["a", { userid: "zhangsan", storedAt: NOW }],
      ["b", { userid: null, storedAt: NOW }],
    ])
    assert.deepEqual(await store.get(["b", "nobody", "a", "b"]), [
      { userid: null, storedAt: NOW },
      undefined,
      { userid: "zhangsan", storedAt: NOW },
      { userid: null, storedAt: NOW },
    ])
  })

  test(`${name}: a later record replaces the earlier one and leaves the others`, async () => {
    await using opened = await open()
    const { store } = opened
    await store.set([
      ["a", { userid: null, storedAt: NOW - 1 }],
      ["c", { userid: "lisi", storedAt: NOW }],
    ])
    await store.set([["a", { userid: "zhangsan", storedAt: NOW }]])
    assert.deepEqual(await store.get(["a", "c"]), [
      { userid: "zhangsan", storedAt: NOW },
      { userid: "lisi", storedAt: NOW },
    ])
  })

  test(`${name}: writes at the same time are all kept`, async () => {
    await using opened = await open()
    const { store } = opened
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`)
    await Promise.all(keys.map((key) => store.set([[key, { userid: key, storedAt: NOW }]])))
    const records = await store.get(keys)
    assert.deepEqual(
      records.map((record) => record?.userid),
      keys,
    )
  })

  test(`${name}: userids such as 007 and keys such as __proto__ survive`, async () => {
    await using opened = await open()
    const { store } = opened
    await store.set([["__proto__", { userid: "007", storedAt: NOW }]])
    assert.deepEqual(await store.get(["__proto__", "constructor"]), [{ userid: "007", storedAt: NOW }, undefined])
  })

  test(`${name}: a pause is kept under its key`, async () => {
    await using opened = await open()
    const { store } = opened
    assert.equal(await store.getPause("corp"), undefined)
    await store.setPause("corp", { until: NOW + 60_000, step: 1 })
    await store.setPause("corp", { until: NOW + 3_600_000, step: 2 })
    assert.deepEqual(await store.getPause("corp"), { until: NOW + 3_600_000, step: 2 })
    assert.equal(await store.getPause("other"), undefined)
  })
}

const NOW = Date.now()
