import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"

export interface CheckOptions {
  /** The driver's log. */
  readonly log: string
  readonly simulatorUrl: string
  readonly url: string
  readonly adminKey: string
  /** As in `sqlite:file.db` or `postgres://…`. */
  readonly database: string
  readonly killsPerPhase: number
  readonly takeoverMs: number
  readonly asJson: boolean
}

/** Runs the checker in a process of its own. */
export async function check({
  log,
  simulatorUrl,
  url,
  adminKey,
  database,
  killsPerPhase,
  takeoverMs,
  asJson,
}: CheckOptions): Promise<{ readonly isGood: boolean; readonly told: string }> {
  const flags = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
  const words = ["--log", log, "--simulator", simulatorUrl, "--gateway", url, "--database", database]
  const checker = spawn(
    process.execPath,
    [
      ...flags,
      join(import.meta.dirname, "main.ts"),
      ...words,
      "--kills-per-phase",
      `${killsPerPhase}`,
      "--takeover-ms",
      `${takeoverMs}`,
      ...(asJson ? ["--json"] : []),
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env["PATH"] ?? "", CHAOS_ADMIN_KEY: adminKey },
    },
  )
  const [told, [code]] = await Promise.all([text(checker.stdout), once(checker, "close") as Promise<[number | null]>])
  return { isGood: code === 0, told: told.trimEnd() }
}
