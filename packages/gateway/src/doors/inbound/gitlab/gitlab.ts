import { SOURCE_TOKEN_PREFIX } from "../../kit/source-ring.ts"
import type { Adapter } from "../adapter.ts"
import { asText } from "../as-text.ts"
import { readEvent } from "../forge.ts"
import { acceptedAs } from "../hooks.ts"
import { headerOf, isSecret } from "../signed.ts"

/**
 * GitLab's webhook. It sends its secret token in plain text, so that it may be the token of the source.
 * @see https://docs.gitlab.com/user/project/integrations/webhook_events/
 */
export const adapter: Adapter = {
  tokenIn: (call) => {
    const token = headerOf(call, "x-gitlab-token")
    return token?.startsWith(SOURCE_TOKEN_PREFIX) === true ? token : undefined
  },
  verify: (call, secret) => isSecret(headerOf(call, "x-gitlab-token"), secret),
  read: (call) => {
    const event = (headerOf(call, "x-gitlab-event") ?? "").replace(/ Hook$/, "")
    // The same for all hooks of one event; each event has its own.
    const delivery = headerOf(call, "idempotency-key", "x-gitlab-webhook-uuid", "x-gitlab-event-uuid")
    return { ...(readEvent(call.object(), event) ?? asText(call, "GitLab")), delivery }
  },
  accepted: acceptedAs,
}
