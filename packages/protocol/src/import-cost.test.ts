import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { test } from "node:test"
import { promisify } from "node:util"

/** Every module that a program loads, Node's own and others, by the names they are asked for. */
async function modulesLoadedBy(program: string): Promise<string[]> {
  const script = `
    import { registerHooks } from "node:module"
    const names = []
    registerHooks({ resolve: (name, context, next) => (names.push(name), next(name, context)) })
    ${program.replaceAll(/"(\.\/[^"]*)"/g, (_, path: string) => JSON.stringify(new URL(path, import.meta.url)))}
    console.log(JSON.stringify(names))`
  const args = ["--conditions=wecom-push-source", "--input-type=module", "--eval", script]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as string[]
}

test("who only builds and checks messages loads nothing of Node's: the cipher is in an entry of its own", async () => {
  const names = await modulesLoadedBy('await import("./index.ts")')
  assert.deepEqual(
    names.filter((name) => !/^(file:|\.)/.test(name)),
    [],
  )
})

test("XML is loaded with the first body", async () => {
  const names = await modulesLoadedBy('await import("./callback/index.ts")')
  assert.deepEqual(new Set(names.filter((name) => !/^(file:|\.)/.test(name))), new Set(["node:crypto"]))
  const later = await modulesLoadedBy(
    'const { readXml } = await import("./callback/index.ts"); await readXml("<xml></xml>")',
  )
  assert.ok(later.includes("fast-xml-parser"))
})
