import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { test } from "node:test"
import { promisify } from "node:util"

test("importing the SDK loads no HTTP client: neither Node's nor undici", async () => {
  const script = `
    const { WeCom } = await import(${JSON.stringify(new URL("index.ts", import.meta.url))})
    new WeCom({ corpId: "ww1", secret: "s", agentId: 1 })
    console.log(process.moduleLoadList.join("\\n"))`
  const args = ["--conditions=wecom-push-source", "--input-type=module", "--eval", script]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  // undici needs both, so their absence is its own.
  assert.doesNotMatch(stdout, /^NativeModule (?:http|https|tls|net)$/m)
  assert.doesNotMatch(stdout, /undici/)
  assert.match(stdout, /^NativeModule fs$/m)
})
