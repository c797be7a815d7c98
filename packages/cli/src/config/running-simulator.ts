import { readFileSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cacheFolder } from "../cache-folder.ts"
import type { Io } from "../io.ts"
import type { Settings } from "./settings.ts"

/** What a simulator leaves in the cache folder while it runs, so that a bare `send` beside it finds it. */
export interface SimulatorRecord {
  readonly base_url: string
  readonly corp_id: string
  readonly secret: string
  readonly agentid: number
  readonly pid: number
}

/** The settings that lead to the simulator running on this machine, if one is recorded and answers. */
export async function runningSimulator(env: Io["env"]): Promise<Settings | undefined> {
  const record = readRecord(recordPath(env))
  if (record === undefined || !(await answers(record))) return undefined
  return {
    baseUrl: { value: record.base_url, source: "simulator", name: "base_url" },
    corpId: { value: record.corp_id, source: "simulator", name: "corp_id" },
    secret: { value: record.secret, source: "simulator", name: "secret" },
    agentId: { value: String(record.agentid), source: "simulator", name: "agentid" },
  }
}

/** Records a simulator until the returned function is called; of several the one started last is found. */
export async function recordSimulator(record: SimulatorRecord, env: Io["env"]): Promise<() => Promise<void>> {
  const path = recordPath(env)
  await mkdir(cacheFolder(env), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.${record.pid}`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${path}.${record.pid}`, path)
  return async () => {
    const current = readRecord(path)
    if (current?.pid === record.pid && current.base_url === record.base_url) await rm(path, { force: true })
  }
}

function recordPath(env: Io["env"]): string {
  return join(cacheFolder(env), "simulator.json")
}

function readRecord(path: string): SimulatorRecord | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(path, "utf8"))
    return isRecord(json) ? json : undefined
  } catch {
    // Absent, half gone or not ours: all the same as no simulator.
    return undefined
  }
}

function isRecord(json: unknown): json is SimulatorRecord {
  return (
    typeof json === "object" &&
    json !== null &&
    "base_url" in json &&
    typeof json.base_url === "string" &&
    URL.canParse(json.base_url) &&
    "corp_id" in json &&
    typeof json.corp_id === "string" &&
    "secret" in json &&
    typeof json.secret === "string" &&
    "agentid" in json &&
    typeof json.agentid === "number" &&
    "pid" in json &&
    typeof json.pid === "number"
  )
}

/** A simulator that was killed leaves its record behind, and another program may have taken the port since. */
async function answers({ base_url }: SimulatorRecord): Promise<boolean> {
  const { get } = process.getBuiltinModule("node:http")
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const request = get(new URL("/_sim/stats", base_url), { timeout: 1000, agent: false }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  request.on("timeout", () => request.destroy())
  request.on("error", () => resolve(false))
  return promise
}
