import type { Bilingual } from "@wecom-push/protocol"
import { StartRefusal } from "../model/start-refusal.ts"

/** The result of one check of a database, and how to mend it where something is wrong. */
export interface Finding {
  readonly step: FindingStep
  readonly state: "ok" | "warning" | "failed"
  readonly detail: Bilingual
  readonly hint?: Bilingual
  /** A gateway runs on the database, which is a file, so no other gateway can. */
  readonly isTaken?: true
}

export type FindingStep =
  | "reach"
  | "space"
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

/** The reason for which a start would be refused; undefined when there is none. @throws any other error */
export async function refused(step: FindingStep, look: () => unknown): Promise<Finding | undefined> {
  try {
    await look()
    return undefined
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return { step, state: "failed", detail: error.problem, hint: error.hint }
  }
}
