// Stores a file and kills itself at POINT. argv: FILE POINT
import { subscribe } from "node:diagnostics_channel"
import { open } from "../../../store/testing/open-store.ts"

const [file = "", point = ""] = process.argv.slice(2)
subscribe("wecom-push:point", (message) => {
  if (typeof message === "object" && message !== null && "point" in message && message.point === point) {
    process.kill(process.pid, "SIGKILL")
  }
})
const { media } = (await open(file)).stores
const pieces = async function* () {
  yield Buffer.from("the bytes of a file")
  if (point === "half-way") process.kill(process.pid, "SIGKILL")
}
const draft = await media.receive(pieces(), 100)
await media.keep(draft, { id: "med_1", type: "file", filename: "a.txt", keyId: "key_1", apps: "all", at: 0 })
