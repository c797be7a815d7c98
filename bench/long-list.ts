import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileLookupStore } from "@wecom-push/sdk"
import { keyAtOnce, lookupKeys } from "@wecom-push/sdk/internals"
import { startSimulator } from "@wecom-push/simulator"
import { packed } from "./lib/packed.ts"
import type { Report } from "./lib/report.ts"

const PEOPLE = 200_000
const APP = { corpId: "ww0000000000000001", agentId: 1000002, secret: "sim-secret-alerts" }
const UNLIMITED = {
  member_per_minute: null,
  member_per_hour: null,
  app_person_times_per_day: null,
  api_calls_per_minute: null,
  api_calls_per_hour: null,
}

interface Told {
  readonly recipients: readonly { readonly state: string }[]
}

/**
 * Runs `wecom-push send --mobiles-from --resume` for 200,000 numbers, kills it half-way, and resumes it. The userids are already
 * stored, because to look them up takes an hour with WeCom's limits.
 */
export async function longList(report: Report): Promise<void> {
  const { command } = await packed()
  const home = await mkdtemp(join(tmpdir(), "wecom-push-bench-"))
  await using simulator = await startSimulator({ port: 0, members: PEOPLE, settings: { keep: 10, limits: UNLIMITED } })
  try {
    const mobiles = Array.from({ length: PEOPLE }, (_, index) => `139${String(index + 1).padStart(8, "0")}`)
    await writeFile(join(home, "list.txt"), mobiles.join("\n"))
    await remember(mobiles, simulator.url, join(home, "cache", "wecom-push"))
    const env = {
      PATH: process.env["PATH"],
      HOME: home,
      XDG_CACHE_HOME: join(home, "cache"),
      WECOM_API_BASE_URL: simulator.url,
      WECOM_CORP_ID: APP.corpId,
      WECOM_APP_SECRET: APP.secret,
      WECOM_AGENT_ID: String(APP.agentId),
    }
    const start = (words: string, journal: string) =>
      spawn(
        process.execPath,
        [command, "send", "--mobiles-from", "list.txt", "--text", words, "--resume", journal, "--json", "--quiet"],
        { cwd: home, env, stdio: ["ignore", "pipe", "inherit"] },
      )

    const started = performance.now()
    const whole = await run(start("whole", "whole.journal"))
    report.add({
      what: "200,000 known mobiles by send --resume, calls",
      measured: callsOf(await statsOf(simulator.url)),
      atLeast: 200,
      atMost: 200,
      unit: "",
      note: `${((performance.now() - started) / 1000).toFixed(1)} s, ${whole.peakMb} MB, ${count(whole.told, "sent")} sent`,
    })

    const before = await statsOf(simulator.url)
    const killed = start("killed", "killed.journal")
    killed.stdout.resume()
    while (callsOf(await statsOf(simulator.url)) < callsOf(before) + 100) await new Promise(setImmediate)
    killed.kill("SIGKILL")
    await once(killed, "close")
    const { told } = await run(start("killed", "killed.journal"))
    const got = Number((await statsOf(simulator.url))["recipients"]) - Number(before["recipients"])
    const inDoubt = count(told, "in_doubt")
    report.add({
      what: "the same, killed half-way and resumed, who has a second copy or none unknown to us",
      measured: Math.max(0, got - PEOPLE, PEOPLE - inDoubt - got),
      atMost: 0,
      unit: "",
      note: `${count(told, "sent")} sent, ${inDoubt} in doubt`,
    })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** Writes WeCom's answers into the command's cache. */
async function remember(mobiles: readonly string[], baseUrl: string, directory: string): Promise<void> {
  const keys = lookupKeys({ ...APP, baseUrl })
  const storedAt = Date.now()
  await fileLookupStore({ directory }).set(
    mobiles.map((address, index) => {
      const key = keyAtOnce({ type: "mobile", address }, keys, undefined)
      if (key === undefined) throw new TypeError(`${address} has no key`)
      return [key, { userid: `m${String(index + 1).padStart(6, "0")}`, storedAt }] as const
    }),
  )
}

async function run(child: ReturnType<typeof spawn>): Promise<{ told: Told; peakMb: number }> {
  let peakMb = 0
  const watch = setInterval(() => void peakOf(child.pid).then((mb) => (peakMb = Math.max(peakMb, mb))), 50)
  try {
    if (child.stdout === null) throw new TypeError("the command has no stdout")
    return { told: JSON.parse(await text(child.stdout)) as Told, peakMb }
  } finally {
    clearInterval(watch)
  }
}

/** The peak memory of a process on Linux; 0 on other systems. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "")
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

async function statsOf(url: string): Promise<Readonly<Record<string, unknown>>> {
  return (await (await fetch(`${url}/_sim/stats`)).json()) as Readonly<Record<string, unknown>>
}

function callsOf({ calls }: Readonly<Record<string, unknown>>): number {
  return Number(calls)
}

function count({ recipients }: Told, wanted: string): number {
  return recipients.reduce((sum, { state }) => sum + (state === wanted ? 1 : 0), 0)
}
