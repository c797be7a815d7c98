import type { Context } from "../context.ts"
import type { Io } from "../io.ts"
import { answers, keepRecord, readRecords } from "./running-record.ts"
import type { RunningRecord } from "./running-record.ts"
import type { Settings } from "./settings.ts"

/** How to reach a simulator that runs on this machine, so that `send` without settings finds it. */
export interface SimulatorRecord extends RunningRecord {
  readonly corp_id: string
  readonly secret: string
  readonly agentid: number
}

/** The settings for the simulator that runs on this machine: of several that answer, the one started last. */
export async function runningSimulator(env: Io["env"]): Promise<Settings | undefined> {
  const record = await newestRunning(env)
  if (record === undefined) return undefined
  return {
    baseUrl: { value: record.base_url, source: "simulator", name: "base_url" },
    corpId: { value: record.corp_id, source: "simulator", name: "corp_id" },
    secret: { value: record.secret, source: "simulator", name: "secret" },
    agentId: { value: String(record.agentid), source: "simulator", name: "agentid" },
  }
}

async function newestRunning(env: Io["env"]): Promise<SimulatorRecord | undefined> {
  for (const record of readRecords("simulator", env)) {
    if (isSimulator(record) && (await answers("/_sim/stats", record))) return record
  }
  return undefined
}

/** Records a simulator until the returned function is called. */
export function recordSimulator(record: SimulatorRecord, context: Context): Promise<() => Promise<void>> {
  return keepRecord("simulator", record, context)
}

function isSimulator(
  record: RunningRecord & Partial<Record<keyof SimulatorRecord, unknown>>,
): record is SimulatorRecord {
  return typeof record.corp_id === "string" && typeof record.secret === "string" && typeof record.agentid === "number"
}
