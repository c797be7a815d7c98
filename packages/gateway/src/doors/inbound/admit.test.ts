import assert from "node:assert/strict"
import { test } from "node:test"
import { Problem } from "../../problems/problem.ts"
import { StorageError } from "../../model/storage-error.ts"
import { admit } from "./admit.ts"
import type { AdmitOptions } from "./admit.ts"
import type { Caller } from "./caller.ts"
import type { InboundCall } from "./inbound-call.ts"
import type { Reading } from "./adapter.ts"

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is looked at of a source whose app was removed
const caller = {
  kind: "source",
  source: { id: "src_1", app: "gone", to: { users: ["lisi"] }, priority: "normal" },
} as unknown as Caller
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is looked at
const call = { query: new URLSearchParams() } as unknown as InboundCall
const reading: Reading = { content: { msgtype: "text", text: { content: "备份完成" } }, overflow: "split" }

/** What comes of a request whose acceptance fails by this error. */
async function errorAfter(error: Error): Promise<unknown> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is asked
  const options = {
    acceptor: {
      accept() {
        throw error
      },
    },
    apps: { kindsFor: () => undefined, names: () => new Set(["alerts"]) },
    now: 0,
    trace: undefined,
  } as unknown as AdmitOptions
  try {
    return await admit(reading, call, caller, options)
  } catch (caught) {
    return caught
  }
}

// Otherwise a sender would give up repeats of a request that was accepted before the removal.
test("a source whose app was removed says so after a refusal, and not while the store does not answer", async () => {
  const refused = await errorAfter(new Problem("not_found"))
  assert.ok(refused instanceof Problem)
  assert.match(refused.detail?.en ?? "", /^The app gone of this source was removed/)
  const busy = new StorageError("storage_busy")
  assert.equal(await errorAfter(busy), busy)
  const full = new Problem("backlog_full")
  assert.equal(await errorAfter(full), full)
})
