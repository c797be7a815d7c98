import { channel } from "node:diagnostics_channel"
import { point } from "../../model/ports/point.ts"

/**
 * Publishes `send.after_write` when undici has passed the last byte of a send to its socket. Only if there is a listener for
 * points when the dispatcher starts, because it costs a check of every request.
 * @returns a function that ends it
 */
export function watchWrites(): () => void {
  if (!channel("wecom-push:point").hasSubscribers) return () => undefined
  const sent = channel("undici:request:bodySent")
  sent.subscribe(onSent)
  return () => sent.unsubscribe(onSent)
}

function onSent(message: unknown): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what undici documents of this channel
  const { request } = message as { readonly request: { readonly path: string } }
  if (request.path.includes("/message/send?")) point("send.after_write")
}
