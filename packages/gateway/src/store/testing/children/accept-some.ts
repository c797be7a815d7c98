// Accepts messages one after another, then as many at once: prints how many syncs the store asked for each time. argv:
// FILE COUNT
import { aRequest } from "../build.ts"
import { open } from "../open-store.ts"
import { watchSyncs } from "./watch-syncs.ts"

const [file = "", count = "1"] = process.argv.slice(2)
const { stores } = await open(file)
const syncs = watchSyncs()
for (let n = 0; n < Number(count); n++) await stores.outbox.accept(aRequest({ id: `one_${n}` }))
const alone = syncs.count
process.stderr.write("together\n")
await Promise.all(Array.from({ length: Number(count) }, (_, n) => stores.outbox.accept(aRequest({ id: `all_${n}` }))))
const together = syncs.count - alone
process.stderr.write("done\n")
await stores[Symbol.asyncDispose]()
console.log(JSON.stringify({ alone, together }))
