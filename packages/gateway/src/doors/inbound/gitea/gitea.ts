import type { Adapter } from "../adapter.ts"
import { asText } from "../as-text.ts"
import { readEvent } from "../forge.ts"
import { acceptedAs } from "../hooks.ts"
import { objectIn } from "../payload.ts"
import { headerOf, isSigned } from "../signed.ts"

/** Gitea's webhook, and Forgejo's. @see https://docs.gitea.com/usage/webhooks */
export const adapter: Adapter = {
  verify: (call, secret) => {
    const signature = headerOf(call, "x-gitea-signature", "x-forgejo-signature", "x-hub-signature-256")
    return isSigned(signature, secret, call.body)
  },
  read: (call) => {
    const event = headerOf(call, "x-gitea-event", "x-forgejo-event", "x-github-event") ?? ""
    const delivery = headerOf(call, "x-gitea-delivery", "x-forgejo-delivery", "x-github-delivery")
    return { ...(readEvent(objectIn(call), event) ?? asText(call, "Gitea")), delivery }
  },
  accepted: acceptedAs,
}
