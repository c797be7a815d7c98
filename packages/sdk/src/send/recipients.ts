import { isUserid } from "@wecom-push/protocol"
import { isLookedUpAnew, targetKey } from "@wecom-push/protocol/delivery"
import type { RecipientOutcome, RecipientState, RecipientType } from "../outcome.ts"
import type { LookupOutcome } from "../people/lookup-outcome.ts"
import type { Address } from "../people/question.ts"
import type { Audience } from "./audience.ts"
import { newTarget } from "./target.ts"
import type { TargetOutcome, Target } from "./target.ts"

/** A recipient before anything was sent: with its final outcome if known, else `planned`. */
export interface PlannedRecipient extends Omit<RecipientOutcome, "state"> {
  readonly state: RecipientState | "planned"
}

/** One address of the audience: what is known about it, and the target it shares with other addresses of the same person. */
interface Row {
  readonly type: RecipientType
  readonly address: string
  userid: string | undefined
  /** Whether the userid was remembered and not looked up. */
  isRemembered: boolean
  /** The outcome of a look-up that found no userid. */
  unfound: Unfound | undefined
  target: Target | undefined
}

type Unfound = Omit<LookupOutcome, "type" | "address" | "cached">

export type LookupRow = Row & Address

/** A row with a target to send to. */
export type AimedRow = Row & { readonly target: Target }

/** Results of an earlier run of the same send, so that no one gets a second copy. */
export interface Earlier {
  /** The userid to which the earlier run sent for this address, or may have sent; the address is then not looked up again. */
  userid(type: RecipientType, address: string): string | undefined
  /** The result of a target that is not to be sent to again. */
  outcome(kind: Target["kind"], id: string): TargetOutcome | undefined
}

/** Keeps the rows of an audience apart from their targets: a member who is named three times gets one copy. */
export class Recipients {
  readonly #rows: readonly Row[]
  readonly #targets = new Map<string, Target>()
  readonly #earlier: Earlier | undefined

  constructor(to: Audience, earlier?: Earlier) {
    this.#rows = rowsOf(to)
    this.#earlier = earlier
    if (earlier === undefined) return
    for (const row of this.#rows) {
      if (row.unfound === undefined) row.userid ??= earlier.userid(row.type, row.address)
    }
  }

  get size(): number {
    return this.#rows.length
  }

  addressesToFind(): readonly LookupRow[] {
    return this.#rows.filter((row): row is LookupRow => isLookupRow(row) && row.userid === undefined)
  }

  /** Counts the rows whose outcome is known. */
  countSettled(): number {
    return this.#rows.reduce((count, row) => count + (isSettled(row) ? 1 : 0), 0)
  }

  /** All rows that belong to one of these targets. */
  rowsOf(targets: readonly Target[]): readonly AimedRow[] {
    const wanted = new Set(targets)
    return this.#rows.filter((row): row is AimedRow => row.target !== undefined && wanted.has(row.target))
  }

  /** Gives every row that can be sent to its target, in the caller's order. */
  aim(): void {
    this.#rows.forEach((row) => {
      const { type, address, userid } = row
      if (row.target !== undefined) return
      if (type === "department" || type === "tag" || type === "all") row.target = this.#targetFor(type, address)
      else if (userid !== undefined) row.target = this.#targetFor("user", userid)
    })
  }

  planned(): Target[] {
    const planned: Target[] = []
    this.#targets.forEach((target) => {
      if (target.outcome.state === "planned") planned.push(target)
    })
    return planned
  }

  /** Rows that WeCom refused although it once returned their userid: the number may have a new owner. */
  doubtful(): readonly LookupRow[] {
    return this.#rows.filter((row): row is LookupRow => isLookupRow(row) && isDoubtful(row))
  }

  outcomes(): PlannedRecipient[] {
    return this.#rows.map(outcomeOf)
  }

  #targetFor(kind: Target["kind"], id: string): Target {
    const key = targetKey(kind, id)
    let target = this.#targets.get(key)
    if (target === undefined) {
      this.#targets.set(key, (target = newTarget(kind, id, key)))
      target.outcome = this.#earlier?.outcome(kind, id) ?? target.outcome
    }
    return target
  }
}

/** The answer of a look-up about a row; its earlier target no longer counts. */
export function noteFound(row: LookupRow, outcome: LookupOutcome): void {
  row.userid = outcome.userid
  row.isRemembered = outcome.cached
  row.unfound = outcome.userid === undefined ? outcome : undefined
  row.target = undefined
}

/** This row was not looked up, and will not be. */
export function noteNotAsked(row: LookupRow, { errcode, reason }: TargetOutcome): void {
  const why = { ...(errcode === undefined ? {} : { errcode }), ...(reason === undefined ? {} : { reason }) }
  row.unfound = { state: "failed", ...why }
}

function rowsOf(to: Audience): Row[] {
  if (to.all === true) return [newRow("all", "@all")]
  const rows: Row[] = []
  for (const list of Object.keys(to)) {
    const type = ROW_TYPES[list]
    const items: unknown = Reflect.get(to, list)
    if (type === undefined || !Array.isArray(items)) continue
    for (const item of items) rows.push(newRow(type, String(item)))
  }
  return rows
}

const ROW_TYPES: Readonly<Record<string, RecipientType>> = {
  users: "user",
  mobiles: "mobile",
  emails: "email",
  departments: "department",
  tags: "tag",
}

function newRow(type: RecipientType, address: string): Row {
  const isNoUserid = type === "user" && !isUserid(address)
  return {
    type,
    address,
    userid: type === "user" && !isNoUserid ? address : undefined,
    isRemembered: false,
    unfound: isNoUserid ? NO_USERID : undefined,
    target: undefined,
  }
}

const NO_USERID: Unfound = { state: "invalid", reason: "malformed_userid" }

function isLookupRow(row: Row): row is LookupRow {
  return row.type === "mobile" || row.type === "email"
}

function isSettled({ target, unfound }: Row): boolean {
  return unfound !== undefined || (target !== undefined && target.outcome.state !== "planned")
}

function isDoubtful({ isRemembered, target }: Row): boolean {
  return target !== undefined && isLookedUpAnew(target.outcome.state, isRemembered)
}

function outcomeOf({ type, address, userid, unfound, target }: Row): PlannedRecipient {
  if (target !== undefined && userid !== undefined) return { type, address, userid, ...target.outcome }
  if (target !== undefined) return { type, address, ...target.outcome }
  if (unfound === undefined || unfound.state === "found") return { type, address, state: "planned" }
  const { state, errcode, reason, retryAt } = unfound
  return {
    type,
    address,
    state,
    ...(errcode === undefined ? {} : { errcode }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAt === undefined ? {} : { retryAt }),
  }
}
