// Stores a file in a bucket and kills itself at POINT. argv: DATABASE_URL FILES POINT
import { subscribe } from "node:diagnostics_channel"
import type { FilesConfig } from "../../files-config.ts"
import { openNode } from "../../../store/postgres/testing/open-store.ts"
import { S3Bucket } from "../../s3-bucket.ts"

const [url = "", files = "", point = ""] = process.argv.slice(2)
subscribe("wecom-push:point", (message) => {
  if (typeof message === "object" && message !== null && "point" in message && message.point === point) {
    process.kill(process.pid, "SIGKILL")
  }
})
const config = JSON.parse(files) as FilesConfig
const { media } = (
  await openNode(url, {
    files: { bucket: new S3Bucket(config), inDatabaseBytes: config.inDatabaseBytes },
  })
).stores
const pieces = async function* () {
  yield Buffer.from("the bytes of a file")
}
const draft = await media.receive(pieces(), 100)
await media.keep(draft, { id: "med_1", type: "file", filename: "a.txt", keyId: "key_1", apps: "all", at: 0 })
