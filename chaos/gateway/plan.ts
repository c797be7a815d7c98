import type { AppToRegister } from "../../packages/gateway/src/main.ts"

/** What a gateway of a run is to be, in the variable CHAOS_PLAN of its process. */
export interface GatewayPlan {
  readonly databaseFile: string
  /** WeCom's, or that of the proxy before it. */
  readonly baseUrl: string
  readonly adminKey: string
  readonly corpId: string
  readonly apps: readonly AppToRegister[]
  /** What is broken on purpose. */
  readonly control: string | null
  readonly trail: boolean
  /** File that is told what the store has promised. */
  readonly markers: string | null
}

export function readPlan(): GatewayPlan {
  return JSON.parse(process.env["CHAOS_PLAN"] ?? "") as GatewayPlan
}

/** Where a process is to kill itself: at the n-th time it comes by. */
export interface CrashPoint {
  readonly point: string
  readonly hit: number
}

export type ToChild = { readonly kind: "go"; readonly crashPoint: CrashPoint | null } | { readonly kind: "stop" }
export type FromChild =
  | { readonly kind: "loaded" }
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "failed"; readonly error: string }
