import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { test } from "node:test"
import { promisify } from "node:util"

async function modulesLoadedBy(entry: string): Promise<string> {
  const script = `
    await import(${JSON.stringify(new URL(entry, import.meta.url))})
    console.log(process.moduleLoadList.join("\\n"))`
  const args = ["--conditions=wecom-push-source", "--input-type=module", "--eval", script]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout
}

test("who only builds and checks messages loads nothing of Node's: the cipher is in an entry of its own", async () => {
  const cipher = /^NativeModule crypto$/m
  assert.doesNotMatch(await modulesLoadedBy("index.ts"), cipher)
  assert.match(await modulesLoadedBy("callback/index.ts"), cipher)
})
