import type { FindingStep } from "@wecom-push/gateway"

/** The steps of `doctor` when the configuration is complete, each after those that it depends on. */
export type StepName = "reach" | "token" | "app" | "person" | "message" | GatewayStepName | FindingStep

type GatewayStepName = "key" | "readiness" | "apps" | "database"

/**
 * The result of one step. After the first failed step the rest is not tried, because it would only repeat the same
 * failure.
 */
export interface Step {
  readonly step: StepName
  readonly state: "ok" | "warning" | "failed"
  /** The findings, in sentences. */
  readonly details: readonly string[]
  /** How to correct it. */
  readonly hint?: string
  /** The error behind a failure, when WeCom or the connection to it is the cause. */
  readonly error?: unknown
}
