import { readFileSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cacheFolder } from "../cache-folder.ts"
import type { Io } from "../io.ts"

/** What a simulator or gateway leaves in the cache folder while it runs, so that commands beside it find it. */
export interface RunningRecord {
  readonly pid: number
  readonly base_url: string
}

type RecordName = "simulator" | "gateway"

/** Records until the returned function is called; of several the one started last is found. */
export async function keepRecord(
  name: RecordName,
  record: RunningRecord,
  env: Io["env"],
): Promise<() => Promise<void>> {
  const path = recordPath(name, env)
  await mkdir(cacheFolder(env), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.${record.pid}`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${path}.${record.pid}`, path)
  return async () => {
    const current = readRecord(name, env)
    if (current?.["pid"] === record.pid && current["base_url"] === record.base_url) await rm(path, { force: true })
  }
}

/** Undefined when there is none, or what is there is none of ours. */
export function readRecord(name: RecordName, env: Io["env"]): (RunningRecord & Record<string, unknown>) | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(recordPath(name, env), "utf8"))
    return isRecord(json) ? json : undefined
  } catch {
    // Absent, half gone or not ours: all the same as nothing running.
    return undefined
  }
}

/** Whether somebody answers 200 there: one that was killed leaves its record behind, and its port may be another's. */
export function answers(url: URL): Promise<boolean> {
  const { get } = process.getBuiltinModule("node:http")
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const request = get(url, { timeout: 1000, agent: false }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  request.on("timeout", () => request.destroy())
  request.on("error", () => resolve(false))
  return promise
}

function recordPath(name: RecordName, env: Io["env"]): string {
  return join(cacheFolder(env), `${name}.json`)
}

function isRecord(json: unknown): json is RunningRecord & Record<string, unknown> {
  return (
    typeof json === "object" &&
    json !== null &&
    "pid" in json &&
    typeof json.pid === "number" &&
    "base_url" in json &&
    typeof json.base_url === "string" &&
    URL.canParse(json.base_url)
  )
}
