import assert from "node:assert/strict"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { withMounts, withoutMounts } from "../../../gateway/src/store/testing/run-child.ts"
import { start } from "../testing/start-process.ts"
import { startBench } from "../testing/try-command.ts"

const KEY = "an-admin-key-of-more-than-32-characters"

test(
  "a full disk: the log of the gateway says so once, doctor --gateway names it, and both say when it is over",
  {
    skip: withoutMounts(),
  },
  async () => {
    await using bench = await startBench()
    const disk = join(bench.folder, "disk")
    await mkdir(disk)
    const env = { ...bench.env, WECOM_PUSH_ADMIN_KEY: KEY, HOME: bench.folder }
    const under = withMounts(`mount -t tmpfs -o size=12m none ${disk} && cd ${disk}`)
    await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, env, { under })
    const url = /"url":"(http:[^"]+)"/.exec(await gateway.says(/"url":"http/))?.[1] ?? ""
    const through = { WECOM_PUSH_URL: url, WECOM_PUSH_KEY: KEY }
    const send = () => bench.run(["send", "--user", "lisi", "--text", "x"], { env: through, realTime: false })

    // The mount is there for the gateway alone.
    const fill = `/proc/${gateway.child.pid}/cwd/fill`
    await assert.rejects(writeFile(fill, Buffer.alloc(20 * 1024 * 1024)), { code: "ENOSPC" })
    for (const ran of [await send(), await send()]) assert.equal(ran.code, 3, ran.stderr)
    for (const [language, says] of [
      ["en", /✗ database +[^\n]*disk is full/],
      ["zh", /✗ 数据库 +[^\n]*磁盘/],
    ] as const) {
      const ran = await bench.run(["doctor", "--gateway", "--lang", language], { env: through })
      assert.equal(ran.code, 3)
      assert.match(ran.stdout, says)
    }
    await rm(fill)
    const log = await gateway.says(/takes changes again/)
    assert.equal(log.match(/"level":"error"[^\n]*the disk is full/g)?.length, 1, log)
    assert.equal((await bench.run(["doctor", "--gateway"], { env: through })).code, 0)
  },
)
