import { healthAfterAgentGet } from "@wecom-push/protocol/delivery"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import type { Governor } from "../model/ports/governor.ts"
import type { Channel } from "../channels/channel.ts"

export interface ConnectionCheckDeps {
  readonly check: NonNullable<Channel["check"]>
  readonly governor: Pick<Governor, "report">
  readonly clock: Pick<JumpAwareClock, "steady">
  readonly stopping: AbortSignal
}

/** Finds out whether WeCom can be reached for an app, by a request that no member notices. */
export class ConnectionCheck {
  readonly #deps: ConnectionCheckDeps
  #underWay: Promise<void> | undefined

  constructor(deps: ConnectionCheckDeps) {
    this.#deps = deps
  }

  /** Resolves when the governor knows the answer. One request at a time, however many ask. */
  async ask(): Promise<void> {
    this.#underWay ??= this.#ask()
    try {
      await this.#underWay
    } finally {
      this.#underWay = undefined
    }
  }

  async #ask(): Promise<void> {
    const { check, governor, clock, stopping } = this.#deps
    const from = clock.steady.now()
    const end = await check(stopping)
    if (stopping.aborted) return
    await governor.report({ health: healthAfterAgentGet(end), isAgentGet: true, from, at: clock.steady.now() })
  }
}
