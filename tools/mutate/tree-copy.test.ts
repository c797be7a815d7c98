import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { pathOf, without } from "../testing/programs.ts"
import { TreeCopy } from "./tree-copy.ts"

const skip = without("git")

test("a copy has what the tree has now, packages of its own, and goes when it is given back", { skip }, async (t) => {
  const root = await mkdtemp(join(tmpdir(), "tree-"))
  t.after(() => rm(root, { recursive: true, force: true }))
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(root, path, ".."), { recursive: true })
    await writeFile(join(root, path), text)
  }
  execFileSync(pathOf("git"), ["init", "-q"], { cwd: root })
  await write(".gitignore", "node_modules\n")
  await write("packages/a/index.ts", "committed")
  await write("gone.ts", "")
  execFileSync(pathOf("git"), ["add", "."], { cwd: root })
  await rm(join(root, "gone.ts"))
  await write("packages/a/index.ts", "changed since")
  await write("new.ts", "new")
  await write("node_modules/.cache/b", "")
  await write("node_modules/other/index.js", "")
  await mkdir(join(root, "node_modules/@scope"))
  await symlink("../../packages/a", join(root, "node_modules/@scope/a"))

  const copy = await TreeCopy.of(root)
  const at = (path: string): string => join(copy.root, path)
  assert.equal(readFileSync(at("packages/a/index.ts"), "utf8"), "changed since")
  assert.equal(readFileSync(at("new.ts"), "utf8"), "new")
  assert.equal(existsSync(at("gone.ts")), false)
  assert.equal(existsSync(at("node_modules/.cache")), false)
  assert.equal(realpathSync(at("node_modules/@scope/a")), realpathSync(at("packages/a")))
  assert.equal(realpathSync(at("node_modules/other")), realpathSync(join(root, "node_modules/other")))
  await copy[Symbol.asyncDispose]()
  assert.equal(existsSync(copy.root), false)
  assert.equal(existsSync(join(root, "node_modules/other/index.js")), true)
})
