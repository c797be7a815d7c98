import { checkUserid } from "@wecom-push/protocol"
import type { Fault } from "@wecom-push/protocol"

/** Whom a message is for. Rows of the result come in the order of these lists as given. */
export type Audience = NamedAudience | Everybody

/** Several ways of naming one member give several rows and one copy. */
interface NamedAudience {
  /** Userids (账号), not display names. */
  readonly users?: readonly string[]
  readonly mobiles?: readonly string[]
  readonly emails?: readonly string[]
  readonly departments?: readonly number[]
  readonly tags?: readonly number[]
  readonly all?: false
}

/** Everybody in the app's visible range. Said out loud and alone, since one slip would reach the whole company. */
interface Everybody {
  readonly all: true
}

/**
 * Everything wrong with an audience, found without asking WeCom. A number, address or userid that cannot be one is no
 * fault here: it fails alone. A userid that would address others is one.
 * @param lists that it may have
 */
export function checkAudience(to: unknown, lists: AudienceLists = PEOPLE): Fault[] {
  if (typeof to !== "object" || to === null || Array.isArray(to)) return [wrongType("to", "object")]
  const faults: Fault[] = []
  const named: string[] = []
  for (const name of Object.keys(to)) {
    const value: unknown = Reflect.get(to, name)
    if (value === undefined) continue
    checkEntry(lists, name, value, faults)
    if (name !== "all" && !(Array.isArray(value) && value.length === 0)) named.push(name)
  }
  const isForAll = "all" in to && to.all === true
  if (isForAll) faults.push(...named.map((name) => error(`to.${name}`, "conflict", { because: "all: true" })))
  else if (named.length === 0)
    faults.push(error("to", "required", { errcode: 82001, allowed: [...lists.keys(), "all"] }))
  return faults.length > MAX_FAULTS ? faults.slice(0, MAX_FAULTS) : faults
}

/**
 * Faults of the items of one list, for a list too long to be held at once.
 * @param name of the list, as in `mobiles`; of an unknown one no item has a fault
 * @param from which item of the list is the first of these, counted from 0
 */
export function checkAddresses(name: string, items: readonly unknown[], from: number): Fault[] {
  const check = PEOPLE_AND_CHATS.get(name)
  return items.flatMap((item, index) => {
    const fault = check?.(item)
    return fault === undefined ? [] : [{ ...fault, path: `to.${name}[${from + index}]` }]
  })
}

/** A caller mends no thousand faults at a time. */
const MAX_FAULTS = 1000

type ItemFault = Omit<Fault, "path">

type AudienceLists = ReadonlyMap<string, (value: unknown) => ItemFault | undefined>

const PEOPLE: AudienceLists = new Map([
  ["users", checkUser],
  ["mobiles", checkText],
  ["emails", checkText],
  ["departments", checkId],
  ["tags", checkId],
])

/** Where group chats are recipients too, by their chatids. */
export const PEOPLE_AND_CHATS: AudienceLists = new Map([...PEOPLE, ["chats", checkText]])

function checkEntry(lists: AudienceLists, name: string, value: unknown, faults: Fault[]): void {
  const path = `to.${name}`
  if (name === "all") {
    if (typeof value !== "boolean") faults.push(wrongType(path, "boolean"))
    return
  }
  const check = lists.get(name)
  if (check === undefined) faults.push(error(path, "unknown_field", { allowed: [...lists.keys(), "all"] }))
  else if (!Array.isArray(value)) faults.push(wrongType(path, "array"))
  else
    value.forEach((item: unknown, index) => {
      const fault = check(item)
      if (fault !== undefined && faults.length < MAX_FAULTS) faults.push({ ...fault, path: `${path}[${index}]` })
    })
}

function checkUser(value: unknown): ItemFault | undefined {
  if (typeof value !== "string") return { ...WRONG, rule: "wrong_type", because: "string" }
  const fault = checkUserid(value)
  if (fault === "everybody") return { ...WRONG, rule: "not_allowed", allowed: ["{ all: true }"] }
  return fault === "contains_bar" ? { ...WRONG, rule: "bad_format", because: BAR, errcode: 40003 } : undefined
}

const BAR = "A-Z a-z 0-9 - _ . @"

function checkText(value: unknown): ItemFault | undefined {
  return typeof value === "string" ? undefined : { ...WRONG, rule: "wrong_type", because: "string" }
}

function checkId(value: unknown): ItemFault | undefined {
  if (typeof value !== "number") return { ...WRONG, rule: "wrong_type", because: "integer" }
  if (Number.isSafeInteger(value) && value > 0) return undefined
  return { ...WRONG, rule: "bad_format", because: "1, 2, 3 …" }
}

const WRONG = { severity: "error" } as const

function error(path: string, rule: Fault["rule"], details: Partial<Fault> = {}): Fault {
  return { path, rule, ...WRONG, ...details }
}

function wrongType(path: string, because: string): Fault {
  return error(path, "wrong_type", { because })
}
