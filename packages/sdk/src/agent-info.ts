import { CALL_OPTIONS, refuseOptions } from "./option-faults.ts"
import { callOrThrow } from "./simple-call.ts"
import type { CallOptions, SimpleCallDeps } from "./simple-call.ts"

/**
 * The app as WeCom shows it to itself, with WeCom's field names. Any field may be missing.
 * @see https://developer.work.weixin.qq.com/document/path/90227
 */
export interface AgentInfo {
  readonly agentid?: number
  readonly name?: string
  readonly description?: string
  /** 1: the app is disabled in the console. */
  readonly close?: 0 | 1
  /** The app's visible range, together with `allow_partys` and `allow_tags`. */
  readonly allow_userinfos?: { readonly user: readonly { readonly userid: string }[] }
  readonly allow_partys?: { readonly partyid: readonly number[] }
  readonly allow_tags?: { readonly tagid: readonly number[] }
}

export async function getAgent(
  deps: SimpleCallDeps & { readonly agentId: number },
  options: CallOptions,
): Promise<AgentInfo> {
  refuseOptions(options, CALL_OPTIONS, deps.language)
  const query = { agentid: String(deps.agentId) }
  const answer = await callOrThrow(deps, { path: "agent/get", method: "GET", query, repeatable: true }, options)
  const { agentid, name, description, close, allow_userinfos, allow_partys, allow_tags } = answer
  return {
    ...(typeof agentid === "number" ? { agentid } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof description === "string" ? { description } : {}),
    ...(close === 0 || close === 1 ? { close } : {}),
    ...(isObject(allow_userinfos) ? { allow_userinfos: { user: listOf(allow_userinfos["user"], isUser) } } : {}),
    ...(isObject(allow_partys) ? { allow_partys: { partyid: listOf(allow_partys["partyid"], isNumber) } } : {}),
    ...(isObject(allow_tags) ? { allow_tags: { tagid: listOf(allow_tags["tagid"], isNumber) } } : {}),
  }
}

function listOf<T>(value: unknown, isItem: (item: unknown) => item is T): readonly T[] {
  return Array.isArray(value) ? value.filter(isItem) : []
}

function isUser(value: unknown): value is { readonly userid: string } {
  return isObject(value) && typeof value["userid"] === "string"
}

function isNumber(value: unknown): value is number {
  return typeof value === "number"
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}
