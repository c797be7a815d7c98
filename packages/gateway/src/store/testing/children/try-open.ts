// Opens a store and prints how that went. argv: FILE
import { StartRefusal } from "../../../domain/start-refusal.ts"
import { open } from "../open-store.ts"

const [file = ""] = process.argv.slice(2)
try {
  const { stores } = await open(file)
  await stores[Symbol.asyncDispose]()
  console.log(JSON.stringify({ code: "opened" }))
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}
