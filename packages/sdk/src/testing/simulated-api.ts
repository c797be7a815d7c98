import { ask } from "../../../../tools/testing/ask.ts"
import { startSimulator } from "@wecom-push/simulator"
import type { Api, ApiAnswer, ApiRequest } from "../api.ts"
import { createApi } from "../create-api.ts"
import type { ApiOptions } from "../create-api.ts"
import { memoryTokenStore } from "../token/memory-token-store.ts"
import { undiciTransport } from "../transport-undici.ts"
import { leapingClock } from "./leaping-clock.ts"
import type { LeapingClock } from "./leaping-clock.ts"

export const CORP_ID = "ww0000000000000001"
export const SECRET = "sim-secret-alerts"

/** Requests that the simulator got, in order. */
interface SeenCall {
  readonly body: unknown
  readonly path: string
  readonly sha256: string
  readonly errcode: number | null
  readonly shown: readonly string[]
  readonly suppressed: readonly string[]
}

/** A simulator, and an `Api` that talks to it. */
export interface SimulatedApi extends AsyncDisposable {
  readonly url: string
  readonly api: Api
  readonly clock: LeapingClock
  /** Another client of the same app, or of one that differs in the options. */
  another(options?: Partial<ApiOptions>): Api
  send(changes?: Partial<ApiRequest>): Promise<ApiAnswer>
  lookUp(changes?: Partial<ApiRequest>): Promise<ApiAnswer>
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>
  settings(settings: Readonly<Record<string, unknown>>): Promise<void>
  revokeTokens(): Promise<void>
  /** Lets time pass on both sides. */
  advance(seconds: number): Promise<void>
  calls(path?: string): Promise<readonly SeenCall[]>
}

export async function simulatedApi(options: Partial<ApiOptions> = {}): Promise<SimulatedApi> {
  const simulator = await startSimulator({ port: 0 })
  const transport = undiciTransport()
  const clock = leapingClock()
  const another = (changes: Partial<ApiOptions> = {}): Api =>
    createApi({
      baseUrl: simulator.url,
      corpId: CORP_ID,
      secret: SECRET,
      transport,
      tokenStore: memoryTokenStore(),
      clock,
      language: "en",
      ...options,
      ...changes,
    })
  const api = another()
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { status, text } = await ask(`${simulator.url}/_sim/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (status >= 300) throw new Error(text)
    return JSON.parse(text)
  }
  return {
    url: simulator.url,
    api,
    clock,
    another,
    send: (changes) => api.call(aSend(clock, changes)),
    lookUp: (changes) => api.call(aLookUp(clock, changes)),
    async fault(fault) {
      await control("POST", "faults", fault)
    },
    async settings(settings) {
      await control("PUT", "settings", settings)
    },
    async revokeTokens() {
      await control("POST", "tokens/revoke")
    },
    async advance(seconds) {
      clock.advance(seconds * 1000)
      await control("POST", "clock", { advance_s: seconds })
    },
    async calls(path) {
      const { calls } = (await control("GET", "calls")) as { calls: SeenCall[] }
      return calls.filter((call) => path === undefined || call.path.replace("/cgi-bin/", "") === path)
    },
    async [Symbol.asyncDispose]() {
      await transport.close()
      await simulator.close()
    },
  }
}

export function aSend(clock: LeapingClock, changes: Partial<ApiRequest> = {}): ApiRequest {
  return {
    path: "message/send",
    method: "POST",
    body: JSON.stringify({ touser: "zhangsan", msgtype: "text", agentid: 1000002, text: { content: "你好" } }),
    repeatable: false,
    deadline: clock.now() + 30_000,
    ...changes,
  }
}

export function aLookUp(clock: LeapingClock, changes: Partial<ApiRequest> = {}): ApiRequest {
  return {
    path: "user/getuserid",
    method: "POST",
    body: JSON.stringify({ mobile: "13800000001" }),
    repeatable: true,
    deadline: clock.now() + 30_000,
    ...changes,
  }
}

/** The body carries the duplicate check, so the call may be repeated. */
export const CHECKED: Partial<ApiRequest> = {
  repeatable: true,
  body: JSON.stringify({
    touser: "zhangsan",
    msgtype: "text",
    agentid: 1000002,
    text: { content: "你好" },
    enable_duplicate_check: 1,
    duplicate_check_interval: 1800,
  }),
}
