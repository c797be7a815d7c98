import { spawnSync } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startServer } from "./lib/child.ts"
import { packed } from "./lib/packed.ts"
import type { Report } from "./lib/report.ts"
import { median } from "./lib/rounds.ts"

const PAIRS = 30

/** Compares the start of the published command, as a process, with a Node that does nothing. */
export async function commandStart(report: Report): Promise<void> {
  const { command } = await packed()
  const cache = await mkdtemp(join(tmpdir(), "wecom-push-bench-"))
  try {
    await using stub = await startServer("lib/stub.ts")
    const env = {
      PATH: process.env["PATH"],
      XDG_CACHE_HOME: cache,
      WECOM_CORP_ID: "ww0000000000000001",
      WECOM_APP_SECRET: "bench-secret",
      WECOM_AGENT_ID: "1000002",
      WECOM_API_BASE_URL: `http://127.0.0.1:${stub.port}`,
    }
    const once = (args: readonly string[]): number => {
      const started = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, { env, cwd: cache, encoding: "utf8" })
      if (status !== 0) throw new Error(`exit ${status}: ${stderr}`)
      return performance.now() - started
    }
    const nothing = ["-e", "0"]
    const send = [command, "send", "--user", "zhangsan", "--text", "你好"]
    const help = [command, "--help"]
    const ratios: { send: number[]; help: number[] } = { send: [], help: [] }
    for (let pair = 0; pair <= PAIRS; pair++) {
      const [sent, helped, bare] = [once(send), once(help), once(nothing)]
      // The first pair fetches the token and fills the disk cache.
      if (pair === 0) continue
      ratios.send.push(sent / bare)
      ratios.help.push(helped / bare)
    }
    const note = `median of ${PAIRS} pairs`
    report.add({ what: "wecom-push send / node -e 0", measured: median(ratios.send), atMost: 3, note })
    report.add({ what: "wecom-push --help / node -e 0", measured: median(ratios.help), atMost: 2, note })
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}
