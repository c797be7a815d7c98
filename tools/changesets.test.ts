import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { test } from "node:test"

const ROOT = join(import.meta.dirname, "..")

test("every changeset names packages that there are, or a release would stop at it", () => {
  const packages = new Set(
    globSync("packages/*/package.json", { cwd: ROOT }).map((file) => {
      const { name } = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as { readonly name: string }
      return name
    }),
  )
  const unknown = globSync(".changeset/*.md", { cwd: ROOT }).flatMap((file) => {
    const [, head = ""] = readFileSync(join(ROOT, file), "utf8").split(/^---$/m, 2)
    const named = [...head.matchAll(/^"([^"]+)": (?:major|minor|patch)$/gm)].map(([, name = ""]) => name)
    assert.ok(named.length > 0 || head.trim() === "", `${basename(file)} names no package`)
    return named.filter((name) => !packages.has(name)).map((name) => `${basename(file)}: ${name}`)
  })
  assert.deepEqual(unknown, [])
})
