// Opens a store and prints the result. argv: FILE, and another word to do so as a user who may not write everywhere.
import { StartRefusal } from "../../../model/start-refusal.ts"
import { open } from "../open-store.ts"

const [file = "", asAnother] = process.argv.slice(2)
if (asAnother !== undefined && process.getuid?.() === 0) process.setuid?.(65_534)
try {
  const { stores } = await open(file)
  await stores[Symbol.asyncDispose]()
  console.log(JSON.stringify({ code: "opened" }))
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}
