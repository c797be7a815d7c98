import type { Accepted } from "../../accept/acceptor.ts"
import type { Answer } from "./adapter.ts"

/** Programs that send hooks check only the status. */
export function acceptedAs({ id, state, recipientCount }: Accepted): Answer {
  return { status: 200, body: { id, state, recipients: recipientCount } }
}
