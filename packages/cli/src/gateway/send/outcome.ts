import type { Context } from "../../context.ts"
import { awaitMessage } from "../await-message.ts"
import { callsOf } from "../calls.ts"
import type { CallJson } from "../calls.ts"
import type { GatewayClient } from "../client.ts"
import { GatewayError } from "../gateway-error.ts"
import type { MessageView } from "../message-view.ts"
import { recipientsOf } from "../recipients.ts"
import type { RecipientRow } from "../recipients.ts"

export interface Outcome {
  readonly id: string
  /** Undefined when it cannot be read; `trouble` says why. */
  readonly message: MessageView | undefined
  readonly recipients: readonly RecipientRow[]
  /** For `--json` only. */
  readonly calls: readonly CallJson[]
  readonly trouble: GatewayError | undefined
}

/** The outcome of a message that is accepted, as far as it can be known within `waitMs`. */
export async function outcomeOf(client: GatewayClient, id: string, waitMs: number, context: Context): Promise<Outcome> {
  const { output } = context
  try {
    const message = await awaitMessage(client, id, waitMs, context)
    const recipients = await recipientsOf(client, message, output.json)
    const calls = output.json ? await callsOf(client, id) : []
    return { id, message, recipients, calls, trouble: undefined }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { id, message: undefined, recipients: [], calls: [], trouble: error }
  }
}
