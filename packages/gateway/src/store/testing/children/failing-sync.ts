// Accepts messages one after another while syncs fail for a while; prints the result of each. argv: FILE COUNT, and
// FIRST LAST, the syncs that fail, unless another program makes them fail.
import { setTimeout as sleep } from "node:timers/promises"
import { StorageError } from "../../../model/storage-error.ts"
import { aRequest } from "../build.ts"
import { open } from "../open-store.ts"
import { watchSyncs } from "./watch-syncs.ts"

const [file = "", count = "", first = "Infinity", last = ""] = process.argv.slice(2)
watchSyncs((number) => number >= Number(first) && number <= Number(last))
const { stores } = await open(file)
const results: string[] = []
for (let n = 0; n < Number(count); n++) {
  try {
    await stores.outbox.accept(aRequest({ id: `msg_${n}` }))
    results.push("kept")
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    results.push(error.code)
    if (results.at(-2) !== "kept") await sleep(300)
  }
}
console.log(JSON.stringify({ results, trouble: stores.upkeep.health().trouble ?? "none" }))
process.exit()
