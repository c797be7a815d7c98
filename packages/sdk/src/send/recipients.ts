import { useridKey } from "@wecom-push/protocol"
import type { RecipientOutcome, RecipientState, RecipientType } from "../outcome.ts"
import type { LookupOutcome } from "../people/lookup-outcome.ts"
import type { Address } from "../people/question.ts"
import type { Audience } from "./audience.ts"
import { newTarget } from "./target.ts"
import type { Target } from "./target.ts"

/** A recipient before anything went out: as its outcome will be, or `planned`. */
export interface PlannedRecipient extends Omit<RecipientOutcome, "state"> {
  readonly state: RecipientState | "planned"
}

/** One address of the audience: what was found out about it, and the target it shares with whoever else means the same. */
interface Row {
  readonly type: RecipientType
  readonly address: string
  found: LookupOutcome | undefined
  target: Target | undefined
}

type LookupRow = Row & Address

/** Keeps the rows of an audience and the targets behind them apart: a member named three times gets one copy. */
export class Recipients {
  readonly #rows: readonly Row[]
  readonly #targets = new Map<string, Target>()

  constructor(to: Audience) {
    this.#rows = rowsOf(to)
  }

  addressesToFind(): readonly LookupRow[] {
    return this.#rows.filter(isLookupRow)
  }

  /** @param found in the order of `addressesToFind` */
  resolve(found: readonly LookupOutcome[]): void {
    let next = 0
    for (const row of this.#rows) {
      const { type, address } = row
      if (type === "mobile" || type === "email") this.#settleFound(row, found[next++])
      else row.target = this.#targetFor(type, address)
    }
  }

  planned(): Target[] {
    return [...this.#targets.values()].filter(({ fate }) => fate.state === "planned")
  }

  /** Refused although WeCom itself once gave us the userid: the number may have a new owner. */
  doubtful(): readonly LookupRow[] {
    return this.#rows
      .filter(isLookupRow)
      .filter(({ found, target }) => found?.cached === true && target?.fate.state === "invalid")
  }

  /** @param found in the order of `doubtful` */
  reconsider(rows: readonly LookupRow[], found: readonly LookupOutcome[]): void {
    for (const [index, row] of rows.entries()) {
      const fresh = found[index]
      // A look-up that failed tells nothing new, so WeCom's refusal stays the answer.
      if (fresh?.state === "found" || fresh?.state === "not_found") this.#settleFound(row, fresh)
    }
  }

  outcomes(): PlannedRecipient[] {
    return this.#rows.map(outcomeOf)
  }

  #settleFound(row: Row, found: LookupOutcome | undefined): void {
    row.found = found
    row.target = found?.userid === undefined ? undefined : this.#targetFor("user", found.userid)
  }

  #targetFor(kind: Target["kind"], id: string): Target {
    const key = kind === "user" ? `user ${useridKey(id)}` : `${kind} ${id}`
    let target = this.#targets.get(key)
    if (target === undefined) this.#targets.set(key, (target = newTarget(kind, id)))
    return target
  }
}

function rowsOf(to: Audience): Row[] {
  if (to.all === true) return [newRow("all", "@all")]
  const rows: Row[] = []
  for (const [list, items] of Object.entries(to)) {
    const type = ROW_TYPES[list]
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
  return { type, address, found: undefined, target: undefined }
}

function isLookupRow(row: Row): row is LookupRow {
  return row.type === "mobile" || row.type === "email"
}

function outcomeOf({ type, address, found, target }: Row): PlannedRecipient {
  const userid = type === "user" ? { userid: address } : found?.userid === undefined ? {} : { userid: found.userid }
  if (target !== undefined) return { type, address, ...userid, ...target.fate }
  if (found === undefined || found.state === "found") return { type, address, state: "planned" }
  const { state, errcode, reason, retryAt } = found
  return {
    type,
    address,
    state,
    ...(errcode === undefined ? {} : { errcode }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAt === undefined ? {} : { retryAt }),
  }
}
