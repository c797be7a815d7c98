import type { AppMessage } from "@wecom-push/protocol"
import { APP_MESSAGE } from "@wecom-push/protocol/delivery"
import type { Target } from "./target.ts"

export interface BodySettings {
  readonly agentId: number
  readonly duplicateCheckSeconds?: number | undefined
}

/** One part of a message, as the calls carry it. It counts the calls, since no two may carry the same card. */
export class MessagePart {
  readonly #json: string
  readonly #agentId: number
  readonly #checkSeconds: number | null
  #calls = 0

  constructor(message: AppMessage, { agentId, duplicateCheckSeconds }: BodySettings) {
    // Only the fields of an instance are sent: what its `toJSON` would return was not checked.
    this.#json = JSON.stringify(Object.getPrototypeOf(message) === Object.prototype ? message : { ...message })
    this.#agentId = agentId
    this.#checkSeconds = duplicateCheckSeconds ?? null
  }

  /** The body of the next call. */
  bodyFor(targets: readonly Target[]): string {
    this.#calls += 1
    return APP_MESSAGE.bodyOf(
      targets,
      { part: this.#json, agentId: this.#agentId, number: this.#calls },
      this.#checkSeconds,
    )
  }
}
