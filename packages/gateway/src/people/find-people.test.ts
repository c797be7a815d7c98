import assert from "node:assert/strict"
import { test } from "node:test"
import type { Address } from "@wecom-push/sdk"
import { askForPeople, recallPeople } from "./find-people.ts"
import type { AskOptions, LookupResult } from "./people.ts"
import type { RecipientChunk, RecipientType } from "../model/recipients.ts"

function aChunk(rows: readonly (readonly [RecipientType, string])[], changes: Partial<RecipientChunk> = {}) {
  return {
    index: 0,
    types: rows.map(([type]) => type),
    addresses: rows.map(([, address]) => address),
    states: rows.map(() => "pending" as const),
    userids: rows.map(() => null),
    calls: rows.map(() => null),
    details: {},
    ...changes,
  }
}

const found = (userid: string): LookupResult => ({ kind: "found", userid, isRemembered: true })

/** People that remember `r…`, know `k…`, and find everyone they are asked for. */
function people() {
  const calls: unknown[] = []
  return {
    calls,
    recall: (types: readonly string[], addresses: readonly string[]) => {
      calls.push(["recall", types, addresses])
      return Promise.resolve(addresses.map((address) => (address.startsWith("r") ? `id ${address}` : undefined)))
    },
    known: (addresses: readonly Address[]) => {
      calls.push(["known", ...addresses])
      return Promise.resolve(
        addresses.map(({ address }) => (address.startsWith("k") ? found(`id ${address}`) : undefined)),
      )
    },
    ask: (addresses: readonly Address[], options?: AskOptions) => {
      calls.push(["ask", ...addresses, options])
      return Promise.resolve(addresses.map(({ address }) => found(`id ${address}`)))
    },
  }
}

function bySlot<T>(values: readonly (T | undefined)[]): Record<number, T> {
  return Object.fromEntries(values.entries().flatMap(([slot, value]) => (value === undefined ? [] : [[slot, value]])))
}

const all = (): boolean => true
const to = (type: "mobile" | "email", address: string): Address => ({ type, address })

test("where no recipient has to be looked up nothing is asked, and the answer is there at once", () => {
  const chunk = aChunk([
    ["user", "a"],
    ["department", "1"],
    ["mobile", "r1"],
    ["mobile", "r2"],
  ])
  const it = people()
  const known = recallPeople(it, { ...chunk, userids: ["a", null, "b", null] }, (slot) => slot !== 3)
  assert.deepEqual(known, { remembered: [], results: [], unknown: [] })
  assert.deepEqual(it.calls, [])
})

test("each result is given by slot: remembered, known in another way, or to be asked for", async () => {
  const chunk = aChunk([
    ["user", "a"],
    ["mobile", "u1"],
    ["mobile", "r2"],
    ["email", "k3"],
    ["tag", "4"],
    ["mobile", "r5"],
    ["email", "u6"],
  ])
  const it = people()
  const known = await recallPeople(it, { ...chunk, userids: [null, null, null, null, null, "b", null] }, all)
  assert.deepEqual(bySlot(known.remembered), { 2: "id r2" })
  assert.deepEqual(bySlot(known.results), { 3: found("id k3") })
  assert.deepEqual(known.unknown, [1, 6])
  assert.deepEqual(it.calls, [
    ["recall", ["mobile", "mobile", "email", "email"], ["u1", "r2", "k3", "u6"]],
    ["known", to("mobile", "u1"), to("email", "k3"), to("email", "u6")],
  ])
})

test("where all are remembered nothing more is asked", async () => {
  const it = people()
  const known = await recallPeople(it, aChunk([["mobile", "r0"]]), all)
  assert.deepEqual([bySlot(known.remembered), bySlot(known.results), known.unknown], [{ 0: "id r0" }, {}, []])
  assert.equal(it.calls.length, 1)
})

test("a recipient that asks for a fresh look-up is asked for, whatever is remembered", async () => {
  const chunk = aChunk(
    [
      ["mobile", "r0"],
      ["mobile", "r1"],
    ],
    { details: { 0: { fresh: true } } },
  )
  const it = people()
  const known = await recallPeople(it, chunk, all)
  assert.deepEqual([bySlot(known.remembered), known.unknown], [{ 1: "id r1" }, [0]])
  assert.deepEqual(it.calls, [["recall", ["mobile"], ["r1"]]])
})

test("WeCom is asked for those at the slots, and each answer is given by slot", async () => {
  const chunk = aChunk(
    [
      ["user", "a"],
      ["mobile", "u1"],
      ["mobile", "u2"],
      ["email", "u3"],
    ],
    { details: { 3: { fresh: true } } },
  )
  const it = people()
  const { signal } = new AbortController()
  const of = { keyId: "key_1", priority: "high", signal } as const
  const asked = await askForPeople(it, chunk, [3, 2, 1], of)
  assert.deepEqual(bySlot(asked.results), { 1: found("id u1"), 2: found("id u2"), 3: found("id u3") })
  assert.deepEqual([asked.remembered, asked.unknown], [[], []])
  assert.deepEqual(it.calls, [
    ["ask", to("mobile", "u2"), to("mobile", "u1"), { ...of, fresh: false }],
    ["ask", to("email", "u3"), { ...of, fresh: true }],
  ])
})
