// Hands in a file under a limit of the size of files; prints the result, and the files in the folder. argv: FILE
import { readdirSync } from "node:fs"
import { StorageError } from "../../../model/storage-error.ts"
import { MediaFolder } from "../../../files/media-folder.ts"

const [file = ""] = process.argv.slice(2)
const path = `${file}.media`
const large = async function* () {
  for (let n = 0; n < 64; n++) yield Buffer.alloc(64 * 1024, n)
}
let code = "kept"
try {
  await new MediaFolder(path).draft(large(), Infinity)
} catch (error) {
  if (!(error instanceof StorageError)) throw error
  code = error.code
}
console.log(JSON.stringify({ code, files: readdirSync(path) }))
