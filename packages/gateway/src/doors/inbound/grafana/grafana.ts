import type { Adapter } from "../adapter.ts"
import { readAlerts } from "../alerts.ts"
import { asText } from "../as-text.ts"
import { acceptedAs } from "../hooks.ts"
import type { InboundCall } from "../inbound-call.ts"
import { isSigned } from "../signed.ts"

/**
 * Grafana's webhook contact point. It can sign the body, or its time and the body. The user chooses the names of both
 * headers, so all headers are checked.
 * @see
 *   https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
export const adapter: Adapter = {
  verify: (call, secret, now) => signatureIn(call, secret, now) !== undefined,
  read: (call, { secret, now }) => ({
    ...(readAlerts(call.object()) ?? asText(call, "Grafana")),
    delivery: secret === undefined ? undefined : signatureIn(call, secret, now),
  }),
  accepted: acceptedAs,
}

function signatureIn(call: InboundCall, secret: string, now: number): string | undefined {
  const values = Object.keys(call.headers).flatMap((name) => call.header(name) ?? [])
  const times = values.filter((value) => /^\d{10}$/.test(value) && Math.abs(now - Number(value) * 1000) < MOST_AGE_MS)
  return values.find(
    (value) =>
      isSigned(value, secret, call.body) || times.some((time) => isSigned(value, secret, `${time}:`, call.body)),
  )
}

/** As long as deliveries are remembered: an older delivery cannot be distinguished from its repeat. */
const MOST_AGE_MS = 10 * 60_000
