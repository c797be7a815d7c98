import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { acceptAll } from "../../packages/gateway/src/store/testing/build.ts"
import { open, TemporaryFolder } from "../../packages/gateway/src/store/testing/open-store.ts"
import { judgeStore } from "./store.ts"

async function judged(spoil: string): Promise<string> {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await acceptAll(stores.outbox, ["msg_1"])
  await stores.outbox.update({
    messageId: "msg_1",
    at: 1,
    updates: [{ chunk: 0, slots: "all", from: ["pending"], state: "cancelled" }],
  })
  await stores[Symbol.asyncDispose]()
  using db = new DatabaseSync(folder.file())
  db.exec(spoil)
  return judgeStore(folder.file())
    .map(({ text, count }) => `${text}: ${count}`)
    .join(", ")
}

const A_CALL = `insert into calls (message, number, part, final, in_flight_by, attempts, spent, crashes, may_have_arrived,
  first_try_at, started_at, result, positions, checksum, body)`

for (const [spoil, verdict] of [
  ["", ""],
  ["update messages set state = 'open'", "messages that are not finished: 1"],
  [`${A_CALL} values (1, 1, 0, 1, null, 1, 0, 0, 0, 0, 0, 'accepted', '', 0, '')`, ""],
  [
    `${A_CALL} values (1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, null, '', 0, '')`,
    "calls in flight: 1, calls that are not final: 1",
  ],
  [`${A_CALL} values (1, 1, 0, 1, null, 1, 0, 0, 0, 0, 0, null, '', 0, '')`, "final calls without a result: 1"],
  [`${A_CALL} values (7, 1, 0, 1, null, 1, 0, 0, 0, 0, 0, 'accepted', '', 0, '')`, "calls of no message: 1"],
  ["insert into chunks values (7, 0, 0, '')", "chunks of no message: 1"],
  ["insert into attempts (message, call, number, started_at) values (1, 9, 1, 0)", "attempts of no call: 1"],
  ["insert into staging values (7)", "slices of messages that never became whole: 1"],
] as const) {
  test(`a store after \`${spoil}\` is ${verdict === "" ? "well" : `found out: ${verdict}`}`, async () => {
    assert.equal(await judged(spoil), verdict)
  })
}
