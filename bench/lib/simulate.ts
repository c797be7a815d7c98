import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { endWithUs, packed } from "./packed.ts"

/** `wecom-push simulate` as it is published, in a process of its own. */
export interface Simulator extends AsyncDisposable {
  readonly pid: number
  readonly port: number
}

/** Starts it without limits: the work of a call is measured, not the waiting because of WeCom's limits. */
export async function simulate({ members = 0 } = {}): Promise<Simulator> {
  const { command, home } = await packed()
  const child = spawn(
    process.execPath,
    [command, "simulate", "--port", "0", "--members", String(members), "--json", "--quiet"],
    { cwd: home, env: { PATH: process.env["PATH"], XDG_CACHE_HOME: home }, stdio: ["ignore", "pipe", "inherit"] },
  )
  endWithUs(child)
  const ended = once(child, "exit")
  const [line] = (await once(createInterface(child.stdout), "line")) as [string]
  const { base_url } = JSON.parse(line) as { base_url: string }
  const limits = { member_per_minute: null, member_per_hour: null, app_person_times_per_day: null }
  const answer = await fetch(`${base_url}/_sim/settings`, { method: "PUT", body: JSON.stringify({ limits }) })
  if (!answer.ok) throw new Error(`the simulator keeps its limits: ${await answer.text()}`)
  return {
    pid: child.pid ?? 0,
    port: Number(new URL(base_url).port),
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}
