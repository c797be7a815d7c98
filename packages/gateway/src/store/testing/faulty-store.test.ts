import assert from "node:assert/strict"
import { test } from "node:test"
import { StorageError } from "../../model/storage-error.ts"
import { everyFault, faulty } from "./faulty-store.ts"

class Counter {
  #count = 0

  get count(): number {
    return this.#count
  }

  add(by: number): Promise<number> {
    this.#count += by
    return Promise.resolve(this.#count)
  }
}

test("a fault before the work leaves it undone, and only the planned call fails", async () => {
  const counter = new Counter()
  const store = faulty(counter, [{ method: "add", when: "before", call: 2 }])
  assert.equal(await store.add(1), 1)
  await assert.rejects(store.add(10), StorageError)
  assert.equal(await store.add(100), 101)
})

test("a fault after the work reports a failure although the work is done", async () => {
  const counter = new Counter()
  const error = new Error("the answer was lost")
  const store = faulty(counter, [{ method: "add", when: "after", call: 1, error }])
  await assert.rejects(store.add(1), error)
  assert.equal(counter.count, 1)
  assert.equal(store.count, 1)
})

// proves 3.test 1: store contract, broken stores, faults
test("every fault is each method, each call, before and after", () => {
  const faults = everyFault(["accept", "settle"], 2).map(({ method, call, when }) => `${method} ${call} ${when}`)
  assert.deepEqual(faults, [
    "accept 1 before",
    "accept 1 after",
    "accept 2 before",
    "accept 2 after",
    "settle 1 before",
    "settle 1 after",
    "settle 2 before",
    "settle 2 after",
  ])
})
