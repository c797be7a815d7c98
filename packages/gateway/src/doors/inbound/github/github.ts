import type { Adapter } from "../adapter.ts"
import { asText } from "../as-text.ts"
import { readEvent } from "../forge.ts"
import { acceptedAs } from "../hooks.ts"
import { objectIn } from "../payload.ts"
import { headerOf, isSigned } from "../signed.ts"

/** GitHub's webhook. @see https://docs.github.com/en/webhooks/webhook-events-and-payloads */
export const adapter: Adapter = {
  verify: (call, secret) => isSigned(headerOf(call, "x-hub-signature-256"), secret, call.body),
  read: (call) => ({
    ...(readEvent(objectIn(call), headerOf(call, "x-github-event") ?? "") ?? asText(call, "GitHub")),
    delivery: headerOf(call, "x-github-delivery"),
  }),
  accepted: acceptedAs,
}
