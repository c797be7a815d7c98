import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { withMounts, withoutMounts } from "../../../gateway/src/store/testing/run-child.ts"
import { secret, startBench } from "../testing/try-command.ts"

const run = promisify(execFile)

// proves 30.bad-init: no right to write
test(
  "30.init: a folder in which nothing may be written is exit 2 in both languages, and leaves no file",
  { skip: withoutMounts() },
  async () => {
    await using bench = await startBench()
    const { folder } = bench
    await bench.file("secret.txt", secret)
    const readOnly = `mount --bind ${folder} ${folder} && mount -o remount,bind,ro ${folder} && cd ${folder}`
    const [unshare = "", ...under] = withMounts(readOnly)
    const launcher = join(import.meta.dirname, "../../bin/wecom-push.js")
    const flags = ["--corp-id", "ww0000000000000001", "--agent-id", "1000002", "--secret-file", "secret.txt"]
    for (const [language, says] of [
      ["en", /\.env could not be written[^]*EROFS/],
      ["zh", /\.env[^]*EROFS/],
    ] as const) {
      const command = [process.execPath, launcher, "init", ...flags, "--mobile", "13800000001", "--lang", language]
      const ran: { readonly code?: unknown; readonly stdout: string; readonly stderr: string } = await run(
        unshare,
        [...under, ...command],
        { env: { PATH: process.env["PATH"], HOME: "/nonexistent", WECOM_API_BASE_URL: bench.url } },
      ).catch((error: unknown) => error as { readonly code: unknown; readonly stdout: string; readonly stderr: string })
      assert.equal(ran.code, 2, ran.stdout + ran.stderr)
      assert.match(ran.stderr, says)
      assert.doesNotMatch(ran.stdout + ran.stderr, new RegExp(secret))
    }
    const left = await readdir(folder)
    assert.deepEqual(left, ["secret.txt"])
    assert.deepEqual(await bench.shown(), [])
  },
)
