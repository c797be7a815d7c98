import type { FindingStep } from "@wecom-push/gateway"

/** The steps of `doctor` once the configuration is whole, each after those that it depends on. */
export type StepName = "reach" | "token" | "app" | "person" | "message" | GatewayStepName | FindingStep

type GatewayStepName = "key" | "readiness" | "apps" | "database"

/** How one step went. After the first failed one the rest is not tried: it would only repeat the same trouble. */
export interface Step {
  readonly step: StepName
  readonly state: "ok" | "warning" | "failed"
  /** The findings, in sentences. */
  readonly details: readonly string[]
  /** How to mend it. */
  readonly hint?: string
  /** The error behind a failure, when WeCom or the way to it is the cause. */
  readonly error?: unknown
}
