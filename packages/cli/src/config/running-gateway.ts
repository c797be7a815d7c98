import type { Context } from "../context.ts"
import type { Io } from "../io.ts"
import { answers, keepRecord, readRecords } from "./running-record.ts"
import type { RunningRecord } from "./running-record.ts"

/** A trial gateway, whose key is not a secret. */
export interface GatewayRecord extends RunningRecord {
  readonly key: string
}

/** The trial gateway that runs on this machine: of the recorded ones that answer, the one started last. */
export async function runningGateway(env: Io["env"]): Promise<GatewayRecord | undefined> {
  for (const record of readRecords("gateway", env)) {
    if (isGateway(record) && (await answers("/healthz", record))) return record
  }
  return undefined
}

/** Records a gateway until the returned function is called. */
export function recordGateway(record: GatewayRecord, context: Context): Promise<() => Promise<void>> {
  return keepRecord("gateway", record, context)
}

function isGateway(record: RunningRecord & { readonly key?: unknown }): record is GatewayRecord {
  return typeof record.key === "string"
}
