import { checkUserid } from "@wecom-push/protocol"
import type { Fault } from "@wecom-push/protocol"

/** The recipients of a message. The rows of the result are in the order of these lists. */
export type Audience = NamedAudience | Everybody

/** A member who is named in several ways has several rows and gets one copy. */
interface NamedAudience {
  /** Userids (账号), not display names. */
  readonly users?: readonly string[]
  readonly mobiles?: readonly string[]
  readonly emails?: readonly string[]
  readonly departments?: readonly number[]
  readonly tags?: readonly number[]
  readonly all?: false
}

/**
 * Everybody in the app's visible range. It must be given explicitly and alone, since a mistake would reach the whole
 * company.
 */
interface Everybody {
  readonly all: true
}

/**
 * Finds everything wrong with an audience without asking WeCom. A malformed number, address or userid is not a fault
 * here: only that recipient fails. A userid that would address others is a fault.
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
 * Returns the faults of the items of one list, for a list too long to be held at once.
 * @param name of the list, such as `mobiles`; the items of an unknown list have no faults
 * @param from the index of the first of these items in the list, from 0
 */
export function checkAddresses(name: string, items: readonly unknown[], from: number): Fault[] {
  const check = PEOPLE_AND_CHATS.get(name)
  return items.flatMap((item, index) => {
    const fault = check?.(item)
    return fault === undefined ? [] : [{ ...fault, path: `to.${name}[${from + index}]` }]
  })
}

/** A caller does not correct a thousand faults at a time. */
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

/** The lists of an audience in which group chats, by their chatids, are recipients too. */
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
