// Accepts one after another, then as many at once: prints how many were kept. argv: FILE COUNT
import { aRequest } from "../build.ts"
import { open } from "../open-store.ts"

const [file = "", count = "1"] = process.argv.slice(2)
const { stores } = await open(file)
const before = process.hrtime.bigint()
for (let n = 0; n < Number(count); n++) await stores.outbox.accept(aRequest({ id: `one_${n}` }))
process.stderr.write("together\n")
await Promise.all(Array.from({ length: Number(count) }, (_, n) => stores.outbox.accept(aRequest({ id: `all_${n}` }))))
process.stderr.write("done\n")
await stores[Symbol.asyncDispose]()
console.log(JSON.stringify({ kept: 2 * Number(count), tookNs: Number(process.hrtime.bigint() - before) }))
