// Stores the userids of the numbers, as earlier look-ups would have, in a process of its own whose memory is not counted.
import { lookupKeys, questionFor } from "@wecom-push/sdk/internals"
import type { LookupRecord } from "@wecom-push/sdk/internals"
import { openPostgres } from "../../../packages/gateway/src/store/postgres/open.ts"
import { openSqlite } from "../../../packages/gateway/src/store/sqlite/open.ts"
import { APP, MASTER_KEY, mobileAt } from "./plan.ts"

const [database = "", baseUrl = "", count = "0"] = process.argv.slice(2)
const keys = lookupKeys({ ...APP, baseUrl })
const masterKey = Buffer.from(MASTER_KEY, "hex")
const { stores } = database.startsWith("postgres:")
  ? await openPostgres({ url: database, masterKey })
  : await openSqlite({ file: database, masterKey, now: Date.now() })
const SLICE = 20_000
for (let from = 0; from < Number(count); from += SLICE) {
  const entries: [string, LookupRecord][] = []
  for (let n = from; n < Math.min(from + SLICE, Number(count)); n++) {
    const question = await questionFor({ type: "mobile", address: mobileAt(n) }, keys, 1)
    if (question === undefined) throw new Error(`${mobileAt(n)} is no mobile number`)
    entries.push([question.key, { userid: `m${String(n).padStart(6, "0")}`, storedAt: Date.now() }])
  }
  await stores.lookups.set(entries)
}
await stores[Symbol.asyncDispose]()
