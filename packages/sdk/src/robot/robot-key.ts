import type { Fault } from "@wecom-push/protocol"
import { DEFAULT_BASE_URL } from "../wire/base-url.ts"

/** A key, or why there is none in what was given. */
export type RobotKeyRead = { readonly key: string } | { readonly fault: Fault }

/**
 * Reads the key of a group robot, given alone or in the whole address that WeCom shows
 * (`https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…`). Only the key of an address is used, so an address whose
 * host is neither WeCom's nor that of `baseUrl` is refused: it may not be a robot's. No fault repeats the given text,
 * which may be a key.
 */
export function readRobotKey(given: unknown, path: string, baseUrl = DEFAULT_BASE_URL): RobotKeyRead {
  if (given === undefined || given === "") return { fault: { path, rule: "required", severity: "error" } }
  if (typeof given !== "string") {
    return { fault: { path, rule: "wrong_type", severity: "error", because: "string" } }
  }
  const text = given.trim()
  if (!text.includes("/")) return isKey(text) ? { key: text } : badForm(path)
  const url = URL.parse(text)
  if (url === null) return badForm(path)
  const hosts = [DEFAULT_BASE_URL, baseUrl].flatMap((address) => URL.parse(address)?.host ?? [])
  if (!hosts.includes(url.host)) {
    return { fault: { path, rule: "not_allowed", severity: "error", allowed: [...new Set(hosts)] } }
  }
  const key = url.searchParams.get("key") ?? ""
  return isKey(key) ? { key } : badForm(path)
}

/** WeCom's keys are UUIDs; a simulator's are names. */
const isKey = (text: string): boolean => /^[\w.~-]{1,256}$/.test(text)

function badForm(path: string): { readonly fault: Fault } {
  const because = `${DEFAULT_BASE_URL}/cgi-bin/webhook/send?key=…`
  return { fault: { path, rule: "bad_format", severity: "error", because } }
}
