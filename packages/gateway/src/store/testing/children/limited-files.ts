// Accepts messages under a limit of the size of files until one is refused; prints the results, and ends without
// closing. argv: FILE
import { StorageError } from "../../../model/storage-error.ts"
import { aChunk, aRequest } from "../build.ts"
import { open } from "../open-store.ts"

const [file = ""] = process.argv.slice(2)
const { stores } = await open(file)
const to = Array.from({ length: 1000 }, (_, n) => `a rather long userid, number ${n}`)
let code = "kept"
let kept = 0
for (; code === "kept" && kept < 5000; kept++) {
  try {
    await stores.outbox.accept(aRequest({ id: `msg_${kept}`, to, chunks: [aChunk(to)] }))
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    code = error.code
  }
}
console.log(JSON.stringify({ code, kept: kept - 1 }))
process.exit()
