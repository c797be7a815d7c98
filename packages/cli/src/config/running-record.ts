import { readdirSync, readFileSync, statSync } from "node:fs"
import { rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cacheFault, cacheFolder } from "../cache-folder.ts"
import type { Context } from "../context.ts"
import type { Io } from "../io.ts"
import { makeFolder } from "../make-folder.ts"
import { folderTrouble, isOwn } from "../own-folder.ts"
import { codeOf } from "../read-text.ts"
import { say } from "../texts.ts"

/** The record of a simulator or gateway in the cache folder while it runs, by which other commands find it. */
export interface RunningRecord {
  readonly pid: number
  readonly base_url: string
}

type RecordName = "simulator" | "gateway"

/**
 * Keeps a record until the returned function is called, beside the records of other processes; it removes those of
 * killed processes. When nothing can be recorded, a note says so and the work continues.
 */
export async function keepRecord(
  name: RecordName,
  record: RunningRecord,
  { io, language, output }: Context,
): Promise<() => Promise<void>> {
  try {
    makeFolder(recordFolder(io.env))
    const fault = cacheFault({ io, language })
    if (fault === undefined) return await writeRecord(name, record, io.env)
    output.warnOnce(fault.message)
  } catch (error) {
    output.warn(say(language, "warnNoRecord", { detail: codeOf(error) ?? String(error) }))
  }
  return () => Promise.resolve()
}

async function writeRecord(name: RecordName, record: RunningRecord, env: Io["env"]): Promise<() => Promise<void>> {
  for (const { path, pid } of recordsOf(name, env)) if (!isAlive(pid)) await rm(path, { force: true })
  const path = join(recordFolder(env), `${name}-${new URL(record.base_url).port}-${record.pid}.json`)
  await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return () => rm(path, { force: true })
}

/** The records of a name, those of the latest start first. */
export function readRecords(name: RecordName, env: Io["env"]): (RunningRecord & Record<string, unknown>)[] {
  return recordsOf(name, env).map(({ record }) => record)
}

interface Kept {
  readonly path: string
  readonly pid: number
  readonly record: RunningRecord & Record<string, unknown>
}

function recordsOf(name: RecordName, env: Io["env"]): Kept[] {
  // With another user's record, this user's messages would go to that user's server.
  if (folderTrouble(cacheFolder(env)) !== undefined) return []
  const found: (Kept & { readonly at: number })[] = []
  for (const file of filesIn(recordFolder(env))) {
    if (!file.startsWith(`${name}-`) || !file.endsWith(".json")) continue
    const path = join(recordFolder(env), file)
    try {
      const stats = statSync(path)
      const record: unknown = JSON.parse(readFileSync(path, "utf8"))
      if (isRecord(record) && isOwn(stats)) found.push({ path, pid: record.pid, record, at: stats.mtimeMs })
    } catch {
      // The file was removed in the meantime, or is another user's: both mean that nothing runs.
    }
  }
  return found.toSorted((a, b) => b.at - a.at)
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // There is no record yet, or the folder cannot be read.
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // The process belongs to another user, but it runs.
    return codeOf(error) === "EPERM"
  }
}

/**
 * Whether the process answers with 200: a killed process leaves its record behind, and another program may have its
 * port. A live process may need some time, on a busy machine.
 */
export function answers(path: string, { base_url, pid }: RunningRecord): Promise<boolean> {
  const url = new URL(path, base_url)
  const timeout = isAlive(pid) ? LONGEST_ANSWER_MS : LEAST_ANSWER_MS
  const { get } = process.getBuiltinModule("node:http")
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const request = get(url, { timeout, agent: false }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  request.on("timeout", () => request.destroy())
  request.on("error", () => resolve(false))
  return promise
}

function recordFolder(env: Io["env"]): string {
  return join(cacheFolder(env), "running")
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

const LONGEST_ANSWER_MS = 15_000
/** The timeout for a process that is not seen here, for example in another container. */
const LEAST_ANSWER_MS = 1000
