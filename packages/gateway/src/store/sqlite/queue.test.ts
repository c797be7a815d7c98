import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import type { LocalOutbox } from "../../model/ports/stores.ts"
import { acceptAll, claimDue, claimOne, HOUR_MS, idsOf, NOON } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"

const LATER = NOON + 60_000

const lanes: readonly (readonly [what: string, claimed: string, prepare: (outbox: LocalOutbox) => Promise<void>])[] = [
  [
    "that a message waits behind another",
    "msg_3",
    async (outbox) => {
      await acceptAll(outbox, ["msg_1"], { orderKey: "k" })
      await claimOne(outbox)
      await acceptAll(outbox, ["msg_2"], { orderKey: "k", sendAt: LATER })
      await acceptAll(outbox, ["msg_3"], { sendAt: LATER })
    },
  ],
  [
    "that a message is no longer behind another",
    "msg_2",
    async (outbox) => {
      await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
      await outbox.release([{ ...(await claimOne(outbox)), nextAt: NOON + HOUR_MS, holdsLaneUntil: LATER }])
    },
  ],
]

for (const [what, claimed, prepare] of lanes) {
  test(`claimed messages are free again when the store cannot record ${what}`, async () => {
    using folder = new TemporaryFolder()
    const { stores } = await open(folder.file())
    await using _ = stores
    await prepare(stores.outbox)
    using other = new DatabaseSync(folder.file())
    other.exec("create trigger refused before update of behind on messages begin select raise(abort, 'refused'); end")
    await assert.rejects(claimDue(stores.outbox, { now: LATER }), /refused/)
    other.exec("drop trigger refused")
    assert.deepEqual(idsOf(await claimDue(stores.outbox, { now: LATER })), [claimed])
  })
}
