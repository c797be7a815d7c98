import { useridKey } from "@wecom-push/protocol"
import type { CallOutcome, RecipientState, RecipientType } from "@wecom-push/sdk"
import type { TargetOutcome } from "@wecom-push/sdk/internals"

/** Whose a journal is: its first line. */
export interface JournalHead {
  readonly corpId: string
  readonly agentId: number
  /** SHA-256 of what is said, in hex. */
  readonly content: string
}

/** Type, address, and the userid behind a number. */
export type PackedRow = readonly [type: string, address: string, userid?: string]

/** The result of those of a call at the places `who`; of all others where there is no `who`. */
export interface Result extends TargetOutcome {
  readonly who?: readonly number[]
}

/** Recipients to whom nothing must be sent again, by the lines of a journal. */
export interface JournalRead {
  readonly runs: number
  readonly lastCall: number
  readonly calls: readonly CallOutcome[]
  userid(type: string, address: string): string | undefined
  outcome(kind: string, id: string): TargetOutcome | undefined
}

const NAME = "wecom-push send"
const VERSION = 1

export function headLine({ corpId, agentId, content }: JournalHead): object {
  return { journal: NAME, version: VERSION, corp_id: corpId, agent_id: agentId, content_sha256: content }
}

/** @returns undefined for a line that is not the first of a journal */
export function readHead(line: unknown): JournalHead | undefined {
  if (!isObject(line) || line["journal"] !== NAME || line["version"] !== VERSION) return undefined
  const { corp_id: corpId, agent_id: agentId, content_sha256: content } = line
  if (typeof corpId !== "string" || typeof agentId !== "number" || typeof content !== "string") return undefined
  return { corpId, agentId, content }
}

/** Takes in the lines after the first, one by one. */
export class JournalReader implements JournalRead {
  readonly calls: CallOutcome[] = []
  runs = 0
  lastCall = 0
  readonly #userids = new Map<string, string>()
  readonly #outcomes = new Map<string, TargetOutcome>()
  /** Calls without a result yet. */
  readonly #open = new Map<number, readonly PackedRow[]>()

  /** @returns false for what is no line of a journal */
  take(line: unknown): boolean {
    if (!isObject(line)) return false
    const { run, call, to, results, calls } = line
    if (typeof run === "number") {
      this.runs = Math.max(this.runs, run)
      return true
    }
    if (typeof call !== "number") return false
    this.lastCall = Math.max(this.lastCall, call)
    if (Array.isArray(to) && to.every(isRow)) {
      this.#open.set(call, to)
      return true
    }
    const rows = this.#open.get(call)
    if (rows === undefined || !Array.isArray(results) || !results.every(isResult)) return false
    // A recipient without a result would be sent to again.
    if (!tellsOfAll(rows.length, results)) return false
    this.#open.delete(call)
    this.#settle(rows, results)
    if (Array.isArray(calls)) this.calls.push(...calls.filter(isObject))
    return true
  }

  /** No more lines. A call without a result may have arrived. */
  end(): void {
    for (const rows of this.#open.values()) for (const row of rows) this.#keep(row, LOST)
    this.#open.clear()
  }

  userid(type: string, address: string): string | undefined {
    return this.#userids.get(keyOf(type, address))
  }

  outcome(kind: string, id: string): TargetOutcome | undefined {
    return this.#outcomes.get(keyOf(kind, id))
  }

  #settle(rows: readonly PackedRow[], results: readonly Result[]): void {
    const others = results.find(({ who }) => who === undefined)
    const named = new Map(results.flatMap((result) => (result.who ?? []).map((index) => [index, result] as const)))
    rows.forEach((row, index) => {
      const result = named.get(index) ?? others
      if (result === undefined || !isFinal(result)) return
      const { who: _, ...outcome } = result
      this.#keep(row, outcome)
    })
  }

  #keep([type, address, userid]: PackedRow, outcome: TargetOutcome): void {
    this.#outcomes.set(userid === undefined ? keyOf(type, address) : keyOf("user", userid), outcome)
    if (userid !== undefined) this.#userids.set(keyOf(type, address), userid)
  }
}

const LOST: TargetOutcome = { state: "in_doubt", reason: "answer_lost" }

/** Not to be sent to again: they have it, may have it, or have the first parts of it. */
export function isFinal({
  state,
  reason,
}: Pick<TargetOutcome, "state"> & { readonly reason?: string | undefined }): boolean {
  return state === "sent" || state === "in_doubt" || reason?.startsWith("part_") === true
}

function keyOf(type: string, address: string): string {
  return `${type} ${type === "user" ? useridKey(address) : address}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isRow(value: unknown): value is PackedRow {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return false
  return value.every((part) => typeof part === "string") && TYPES.has(value[0])
}

function isResult(value: unknown): value is Result {
  if (!isObject(value) || !STATES.has(value["state"])) return false
  const { who, errcode, reason, msgid } = value
  return (
    (who === undefined || (Array.isArray(who) && who.every(Number.isSafeInteger))) &&
    (errcode === undefined || typeof errcode === "number") &&
    [reason, msgid].every((text) => text === undefined || typeof text === "string")
  )
}

/** Each place in the call has one result. */
function tellsOfAll(count: number, results: readonly Result[]): boolean {
  const named = results.flatMap(({ who }) => who ?? [])
  const others = results.filter(({ who }) => who === undefined).length
  const isEachOnce = new Set(named).size === named.length && named.every((index) => index >= 0 && index < count)
  return isEachOnce && (others === 1 || (others === 0 && named.length === count))
}

const TYPES: ReadonlySet<unknown> = new Set<RecipientType>(["mobile", "email", "user", "department", "tag", "all"])
const STATES: ReadonlySet<unknown> = new Set<RecipientState>([
  "sent",
  "not_found",
  "invalid",
  "unlicensed",
  "failed",
  "in_doubt",
])
