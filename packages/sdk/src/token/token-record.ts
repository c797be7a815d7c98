import type { TokenRecord } from "../token-store.ts"

/** Reads what a store returned; anything that is not a record of ours counts as nothing. */
export function readTokenRecord(value: unknown): TokenRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const field = (name: string): unknown => Reflect.get(value, name)
  const token = field("token")
  const expiresAt = field("expiresAt")
  const refreshAt = field("refreshAt")
  const notBefore = field("notBefore")
  const refusal = readRefusal(field("refusal"))
  const hasToken = typeof token === "string" && token !== "" && isMoment(expiresAt) && isMoment(refreshAt)
  if (!hasToken && !isMoment(notBefore)) return undefined
  return {
    ...(hasToken ? { token, expiresAt, refreshAt } : {}),
    ...(isMoment(notBefore) ? { notBefore } : {}),
    ...(refusal === undefined ? {} : { refusal }),
  }
}

function readRefusal(value: unknown): TokenRecord["refusal"] {
  if (typeof value !== "object" || value === null) return undefined
  const errcode: unknown = Reflect.get(value, "errcode")
  const errmsg: unknown = Reflect.get(value, "errmsg")
  const api: unknown = Reflect.get(value, "api")
  if (typeof errcode !== "number" || typeof errmsg !== "string" || typeof api !== "string") return undefined
  return { errcode, errmsg, api }
}

function isMoment(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value)
}
