import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"

const DOCS = join(import.meta.dirname, "../../../docs")

function exportsOf(entry: string): string[] {
  const source = readFileSync(new URL(entry, import.meta.url), "utf8")
  return [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = ""]) =>
    names
      .split(",")
      .map((name) => name.trim().split(" as ").at(-1) ?? "")
      .filter((name) => name !== ""),
  )
}

test("the public entry names what the guides name, WeCom first, and no more than can be taken in", () => {
  const names = exportsOf("./index.ts")
  assert.equal(names[0], "WeCom")
  assert.equal(new Set(names).size, names.length)
  assert.ok(names.length <= 90, `${names.length} symbols`)
  const guide = globSync(["guide-sdk*.md", "sdk/*.md"], { cwd: DOCS })
  for (const isChinese of [false, true]) {
    const pages = guide.filter((page) => page.endsWith(".zh-CN.md") === isChinese)
    const text = pages.map((page) => readFileSync(join(DOCS, page), "utf8")).join("\n")
    const imports = [...text.matchAll(/import (?:type )?\{([^}]*)\} from "@wecom-push\/sdk"/g)]
    const named = imports.flatMap(([, list = ""]) => list.split(",").map((name) => name.trim()))
    assert.ok(named.length > 10, pages.join())
    assert.deepEqual(
      named.filter((name) => !names.includes(name)),
      [],
    )
  }
})

test("what gateway and command need beside the client is in an entry of its own, and nothing is in both", () => {
  const internals = exportsOf("./internals.ts")
  assert.deepEqual(
    internals.filter((name) => exportsOf("./index.ts").includes(name)),
    [],
  )
})
