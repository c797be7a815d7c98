import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { packedCommand } from "../packed.ts"
import { ADMIN_KEY, APP, MASTER_KEY } from "./plan.ts"
import type { Folder } from "./start.ts"

/** `wecom-push serve` as it is published, in a process of its own. */
export interface ServedGateway extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  /** When the process was started, on the clock of `process.hrtime`. */
  readonly startedAt: bigint
  kill(): Promise<void>
}

/** Its app is called `default`. @param wecomPort port of what stands for WeCom */
export async function serve(folder: Folder, wecomPort: number): Promise<ServedGateway> {
  const command = await packedCommand()
  const startedAt = process.hrtime.bigint()
  const child = spawn(process.execPath, [command, "serve", "--port", "0", "--json", "--quiet"], {
    cwd: folder.path,
    env: {
      PATH: process.env["PATH"],
      XDG_CACHE_HOME: folder.path,
      WECOM_PUSH_DATABASE_URL: `sqlite:${folder.databaseFile}`,
      WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
      WECOM_PUSH_MASTER_KEY: MASTER_KEY,
      WECOM_CORP_ID: APP.corpId,
      WECOM_APP_SECRET: APP.secret,
      WECOM_AGENT_ID: String(APP.agentId),
      WECOM_API_BASE_URL: `http://127.0.0.1:${wecomPort}`,
    },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const ended = once(child, "exit")
  const [line] = (await once(createInterface(child.stdout), "line")) as [string]
  const { url } = JSON.parse(line) as { url: string }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    port: Number(new URL(url).port),
    startedAt,
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  }
}
