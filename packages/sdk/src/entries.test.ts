import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"

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
  for (const guide of ["guide-sdk.md", "guide-sdk.zh-CN.md"]) {
    const text = readFileSync(new URL(`../../../docs/${guide}`, import.meta.url), "utf8")
    const imports = [...text.matchAll(/import (?:type )?\{([^}]*)\} from "@wecom-push\/sdk"/g)]
    const named = imports.flatMap(([, list = ""]) => list.split(",").map((name) => name.trim()))
    assert.ok(named.length > 10, guide)
    assert.deepEqual(
      named.filter((name) => !names.includes(name)),
      [],
      guide,
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
