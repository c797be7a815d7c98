import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdir, readdir } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { withMounts, withoutMounts } from "../../../gateway/src/store/testing/run-child.ts"
import { secret, startBench } from "../testing/try-command.ts"

const run = promisify(execFile)

const folders = [
  {
    what: "in which nothing may be written",
    mount: (folder: string) => `mount --bind ${folder} ${folder} && mount -o remount,bind,ro ${folder}`,
    en: /\.env could not be written[^]*EROFS[^]*Run it in a folder/,
    zh: /\.env[^]*EROFS[^]*在可写的文件夹中运行/,
  },
  {
    what: "on a full disk",
    mount: (folder: string) =>
      `mount -t tmpfs -o size=4k tmpfs ${folder} && (head -c 4096 /dev/zero >${folder}/fill || true)`,
    en: /\.env could not be written[^]*ENOSPC[^]*Make room/,
    zh: /\.env[^]*ENOSPC[^]*腾出空间/,
  },
] as const

for (const { what, mount, ...says } of folders) {
  // proves 30.bad-init: no right to write
  test(
    `30.init: a folder ${what} is exit 2 in both languages, and leaves no file`,
    { skip: withoutMounts() },
    async () => {
      await using bench = await startBench()
      const folder = join(bench.folder, "work")
      await mkdir(folder)
      const secretFile = join(bench.folder, await bench.file("secret.txt", secret))
      const [unshare = "", ...under] = withMounts(`${mount(folder)} && cd ${folder}`)
      const launcher = join(import.meta.dirname, "../../bin/wecom-push.js")
      const flags = ["--corp-id", "ww0000000000000001", "--agent-id", "1000002", "--secret-file", secretFile]
      for (const language of ["en", "zh"] as const) {
        const command = [process.execPath, launcher, "init", ...flags, "--mobile", "13800000001", "--lang", language]
        const ran: { readonly code?: unknown; readonly stdout: string; readonly stderr: string } = await run(
          unshare,
          [...under, ...command],
          { env: { PATH: process.env["PATH"], HOME: "/nonexistent", WECOM_API_BASE_URL: bench.url } },
        ).catch(
          (error: unknown) => error as { readonly code: unknown; readonly stdout: string; readonly stderr: string },
        )
        assert.equal(ran.code, 2, ran.stdout + ran.stderr)
        assert.match(ran.stderr, says[language])
        assert.doesNotMatch(ran.stdout + ran.stderr, new RegExp(secret))
      }
      assert.deepEqual(await readdir(folder), [])
      assert.deepEqual(await bench.shown(), [])
    },
  )
}
