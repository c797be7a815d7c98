import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { profileFlags, toldBy } from "../child.ts"
import { endWithUs, packed } from "../packed.ts"
import { ADMIN_KEY, APP, MASTER_KEY } from "./plan.ts"
import type { Folder } from "./start.ts"

/** `wecom-push serve` as it is published, in a process of its own. Its app is called `default`. */
export interface ServedGateway extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  readonly url: string
  /** When the process was started, on the clock of `process.hrtime`. */
  readonly startedAt: bigint
  /** The longest time for which its event loop was blocked during the work. */
  longestStall(work: () => Promise<void>): Promise<Stall>
  /** How many recipients are sent since it started, each outcome on the disk. @throws when one ended otherwise */
  sent(): Promise<number>
  /** How many recipients have ended in each state since it started. */
  outcomes(): Promise<ReadonlyMap<string, number>>
  /** How many recipients of this app have been sent to since it started. */
  sentOf(app: string): Promise<number>
  /** How many messages in its database have not ended. */
  unfinished(): Promise<number>
  kill(): Promise<void>
}

/** A stall of an event loop. */
export interface Stall {
  /** The length without the time in which the thread was ready but the machine ran something else. */
  readonly ms: number
  /** That time, the thread's running time, and the rest, which is mostly waiting for the disk. */
  readonly note: string
}

interface StallAccount {
  readonly wallMs: number
  readonly waitedMs: number
  readonly processorMs: number
}

/**
 * @param wecomPort port of the WeCom stub
 * @param databaseUrl a file of the folder unless given
 * @param watched loads what `longestStall` needs; everything else runs without it
 * @param environment overrides what is set here
 */
export async function serve(
  folder: Folder,
  wecomPort: number,
  { databaseUrl = `sqlite:${folder.databaseFile}`, watched = false, environment = {} } = {},
): Promise<ServedGateway> {
  const { command } = await packed()
  const startedAt = process.hrtime.bigint()
  const child = spawn(process.execPath, [...profileFlags(), command, "serve", "--port", "0", "--json", "--quiet"], {
    cwd: folder.path,
    env: {
      PATH: process.env["PATH"],
      ...(watched && { NODE_OPTIONS: `--import=${new URL("watch-event-loop.js", import.meta.url).href}` }),
      XDG_CACHE_HOME: folder.path,
      WECOM_PUSH_DATABASE_URL: databaseUrl,
      WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
      WECOM_PUSH_MASTER_KEY: MASTER_KEY,
      WECOM_CORP_ID: APP.corpId,
      WECOM_APP_SECRET: APP.secret,
      WECOM_AGENT_ID: String(APP.agentId),
      WECOM_API_BASE_URL: `http://127.0.0.1:${wecomPort}`,
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  })
  endWithUs(child)
  const ended = once(child, "exit")
  const endedEarly = async (): Promise<never> => {
    throw new Error(`wecom-push serve ended with ${String((await ended)[0])} before it listened`)
  }
  const lines = createInterface(child.stdout as NonNullable<typeof child.stdout>)
  const [line] = (await Promise.race([once(lines, "line"), endedEarly()])) as [string]
  const { url } = JSON.parse(line) as { url: string }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    port: Number(new URL(url).port),
    url,
    startedAt,
    async longestStall(work) {
      const watching = toldBy(child, "wecom-push serve", "watching")
      child.send({ watch: "begin" })
      await watching
      await work()
      const stall = toldBy<StallAccount>(child, "wecom-push serve", "longestStall")
      child.send({ watch: "end" })
      return stallOf(await stall)
    },
    async sent() {
      let sent = 0
      for (const [state, count] of await outcomesAt(url)) {
        if (state === "sent") sent = count
        else throw new Error(`a recipient ended as ${state}`)
      }
      return sent
    },
    outcomes: () => outcomesAt(url),
    async sentOf(app) {
      return (await outcomesAt(url, app)).get("sent") ?? 0
    },
    async unfinished() {
      const { apps } = (await (await ask(`${url}/v1/status`)).json()) as {
        apps: readonly { unfinished_messages: number }[]
      }
      return apps.reduce((sum, { unfinished_messages }) => sum + unfinished_messages, 0)
    },
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  }
}

function stallOf({ wallMs, waitedMs, processorMs }: StallAccount): Stall {
  const elsewhereMs = Math.max(0, wallMs - waitedMs - processorMs)
  return {
    ms: wallMs - waitedMs,
    note: `on the processor ${processorMs.toFixed(0)} ms, off it ${elsewhereMs.toFixed(0)} ms; waited for one ${waitedMs.toFixed(0)} ms`,
  }
}

/** @param of an app; all unless given */
async function outcomesAt(url: string, of?: string): Promise<ReadonlyMap<string, number>> {
  const answer = await ask(`${url}/metrics`)
  const states = new Map<string, number>()
  for (const [, app, state = "", count] of (await answer.text()).matchAll(OUTCOMES)) {
    if (Number(count) > 0 && (of === undefined || app === of))
      states.set(state, (states.get(state) ?? 0) + Number(count))
  }
  return states
}

function ask(url: string): Promise<Response> {
  return fetch(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
}

const OUTCOMES = /^wecom_push_recipients_total\{app="([^"]*)",state="(\w+)"\} (\d+)$/gm

/** Asks at short intervals, because there is no event for it. */
export async function until(isSo: () => Promise<boolean>, everyMs = 5): Promise<void> {
  for (const end = performance.now() + 120_000; !(await isSo()); await sleep(everyMs)) {
    if (performance.now() > end) throw new Error("not done after two minutes")
  }
}

/** How many messages have reached the WeCom stub. */
export async function callsAt(stubPort: number): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${stubPort}/sends`)).text())
}
