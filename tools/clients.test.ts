import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { test } from "node:test"
import { ADAPTER_NAMES } from "../packages/gateway/src/model/adapter-names.ts"
import { readClients, tableOf } from "./clients/read-clients.ts"

const root = resolve(import.meta.dirname, "..")

// proves 32.clients: the table of them
test("the guide's table of clients is what the tests say: twenty or more, and each adapter has one", () => {
  const clients = readClients(root)
  assert.ok(clients.length >= 20, `${clients.length}`)
  const tried = new Set(clients.flatMap(({ doors }) => doors.split(", ")))
  assert.deepEqual(
    ADAPTER_NAMES.filter((name) => !tried.has(name)),
    [],
  )
  for (const [page, language] of [
    ["ways-in.md", "en"],
    ["ways-in.zh-CN.md", "zh"],
  ] as const) {
    const text = readFileSync(join(root, "docs/gateway", page), "utf8")
    assert.ok(text.includes(tableOf(clients, language)), `${page}: npm run docs:clients`)
  }
})
