// Accepts so much that the log is copied many times, with nothing else to do. argv: FILE
import { aRequest } from "../build.ts"
import { open } from "../open-store.ts"

const [file = ""] = process.argv.slice(2)
const { stores } = await open(file)
let kept = 0
for (; kept < 200; kept++) await stores.outbox.accept(aRequest({ id: `msg_${kept}`, parts: ["x".repeat(200_000)] }))
await stores[Symbol.asyncDispose]()
console.log(JSON.stringify({ kept }))
