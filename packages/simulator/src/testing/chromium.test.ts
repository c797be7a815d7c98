import assert from "node:assert/strict"
import { chmod, mkdtempDisposable, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { test } from "node:test"
import { findChromium } from "./chromium.ts"

test("the Chromium in PATH is used, unless it cannot be run", async (t) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "chromium-"))
  const installed = join(folder.path, "chromium-browser")
  await writeFile(installed, "")
  await chmod(installed, 0o755)
  await writeFile(join(folder.path, "chromium"), "no program")
  const before = process.env["PATH"]
  process.env["PATH"] = ["/nowhere", folder.path].join(delimiter)
  t.after(() => (process.env["PATH"] = before))
  assert.equal((await findChromium()).executablePath, installed)
})
