// Writes the table of clients in the guide to the ways in from the tags of tests.
import { readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { readClients, tableOf } from "./clients/read-clients.ts"

const root = resolve(import.meta.dirname, "..")
const clients = readClients(root)

for (const [path, language] of [
  ["docs/gateway/ways-in.md", "en"],
  ["docs/gateway/ways-in.zh-CN.md", "zh"],
] as const) {
  const page = readFileSync(join(root, path), "utf8")
  const written = page.replace(
    /(<!-- clients -->\n)[^]*?(\n<!-- end of clients -->)/,
    (_, begin: string, end: string) => `${begin}\n${tableOf(clients, language)}\n${end}`,
  )
  writeFileSync(join(root, path), written)
}
