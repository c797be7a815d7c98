import { targetKey } from "./call-target.ts"

/** The members that a frozen body names, as written there. */
export function namedUsers(body: string): string[] {
  return listOf(namedTargets(body).touser)
}

/** The agent that a frozen body names. */
export function agentIn(body: string): unknown {
  const call: unknown = JSON.parse(body)
  return typeof call === "object" && call !== null && "agentid" in call ? call.agentid : undefined
}

/** The fields of a frozen body that name its recipients. */
export interface NamedTargets {
  readonly touser?: string | undefined
  readonly toparty?: string | undefined
  readonly totag?: string | undefined
}

export function namedTargets(body: string): NamedTargets {
  const { touser, toparty, totag }: NamedTargets = JSON.parse(body)
  return { touser, toparty, totag }
}

/** The keys of all targets that a frozen body names. */
export function namedKeys(body: string): string[] {
  return keysOfNamed(namedTargets(body))
}

export function keysOfNamed({ touser, toparty, totag }: NamedTargets): string[] {
  const keys = listOf(touser)
  // Most calls name only one member, and a start reads very many of them.
  for (const [index, id] of keys.entries()) keys[index] = targetKey(id === "@all" ? "all" : "user", id)
  for (const id of listOf(toparty)) keys.push(targetKey("department", id))
  for (const id of listOf(totag)) keys.push(targetKey("tag", id))
  return keys
}

function listOf(value: unknown): string[] {
  return typeof value === "string" && value !== "" ? value.split("|") : []
}
