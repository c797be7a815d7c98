// Accepts a little less than the log has room for, while the database may hardly grow, and continues for half a second
// after it has grown to its limit; prints the results, and ends without closing. argv: FILE
import { statSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { StorageError } from "../../../model/storage-error.ts"
import { aRequest } from "../build.ts"
import { open } from "../open-store.ts"

const [file = ""] = process.argv.slice(2)
const failures: string[] = []
const { stores } = await open(file, { onThreadFailure: (error) => failures.push(String(error)) })
const before = statSync(file).size
const refused: string[] = []
const troubles: string[] = []
let kept = 0
while (kept < 60) await accept(100_000)
while (statSync(file).size === before) {
  await accept(10)
  await sleep(20)
}
for (let more = 0; more < 25; more++) {
  await accept(10)
  await sleep(20)
}
console.log(JSON.stringify({ refused, troubles, failures, kept }))
process.exit()

async function accept(length: number): Promise<void> {
  try {
    await stores.outbox.accept(aRequest({ id: `beside_${kept}`, parts: ["x".repeat(length)] }))
    kept++
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    refused.push(error.code)
  }
  const { trouble } = stores.upkeep.health()
  if (trouble !== undefined) troubles.push(trouble)
}
