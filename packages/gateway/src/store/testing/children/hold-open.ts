// Opens a store, accepts a message, says so and waits to be killed. argv: FILE
import { aRequest } from "../build.ts"
import { open } from "../open-store.ts"

const [file = ""] = process.argv.slice(2)
const { stores } = await open(file)
await stores.outbox.accept(aRequest())
console.log("ready")
setInterval(() => {
  // Stays alive.
}, 1000)
