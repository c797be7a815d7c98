import type { Adapter } from "../adapter.ts"
import { readAlerts } from "../alerts.ts"
import { asText } from "../as-text.ts"
import { acceptedAs } from "../hooks.ts"

/**
 * Alertmanager's webhook: one message for each group.
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const adapter: Adapter = {
  read: (call) => readAlerts(call.object()) ?? asText(call, "Alertmanager"),
  accepted: acceptedAs,
}
