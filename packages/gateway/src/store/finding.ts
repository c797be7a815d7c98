import type { Bilingual } from "@wecom-push/protocol"
import { StartRefusal } from "../model/start-refusal.ts"

/** One thing that was looked at in a database, and how to mend it where something is wrong. */
export interface Finding {
  readonly step: FindingStep
  readonly state: "ok" | "warning" | "failed"
  readonly detail: Bilingual
  readonly hint?: Bilingual
  /** A gateway runs on it, and no other can: a file. */
  readonly isTaken?: true
}

export type FindingStep =
  | "reach"
  | "server"
  | "rights"
  | "schema"
  | "durability"
  | "clock"
  | "pooling"
  | "connections"
  | "dead_rows"
  | "master_key"
  | "files"

/** What a start would be refused for; undefined when it would not. @throws whatever is no refusal */
export async function refused(step: FindingStep, look: () => unknown): Promise<Finding | undefined> {
  try {
    await look()
    return undefined
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return { step, state: "failed", detail: error.problem, hint: error.hint }
  }
}
