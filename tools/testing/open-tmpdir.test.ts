import assert from "node:assert/strict"
import { chmod, mkdir, mkdtempDisposable } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { isClosedToOthers, openTmpdir } from "./open-tmpdir.ts"

const isRoot = process.getuid?.() === 0

test("a temporary folder that no other user can reach is passed over where root runs the tests, and only there", async (t) => {
  await using folder = await mkdtempDisposable(join(openTmpdir(), "open-tmpdir-"))
  const path = join(folder.path, "below")
  await mkdir(path)
  const before = process.env["TMPDIR"]
  process.env["TMPDIR"] = path
  t.after(() => {
    if (before === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = before
  })
  await chmod(folder.path, 0o755)
  assert.equal(openTmpdir(), path)
  await chmod(folder.path, 0o700)
  assert.equal(isClosedToOthers(path), isRoot)
  assert.equal(openTmpdir() === path, !isRoot)
  assert.equal(isClosedToOthers(openTmpdir()), false)
})
