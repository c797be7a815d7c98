import type { Api } from "@wecom-push/sdk/internals"
import { healthAfterAgentGet } from "@wecom-push/protocol/delivery"
import type { JumpAwareClock } from "../domain/jump-aware-clock.ts"
import type { Governor } from "../ports/governor.ts"
import { callOnce } from "./call-once.ts"

export interface AgentGetDeps {
  readonly api: Api
  readonly agentId: number
  readonly governor: Pick<Governor, "report">
  readonly clock: Pick<JumpAwareClock, "steady">
  readonly stopping: AbortSignal
}

/**
 * Finds out whether WeCom can be reached for an app, by a request that every app may make and that no member
 * notices.
 * @see https://developer.work.weixin.qq.com/document/path/90227
 */
export class AgentGet {
  readonly #deps: AgentGetDeps
  #underWay: Promise<void> | undefined

  constructor(deps: AgentGetDeps) {
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
    const { api, agentId, governor, clock, stopping } = this.#deps
    const from = clock.steady.now()
    const end = await callOnce(api, {
      path: "agent/get",
      method: "GET",
      query: { agentid: String(agentId) },
      repeatable: true,
      signal: stopping,
    })
    if (stopping.aborted) return
    await governor.report({ health: healthAfterAgentGet(end), isAgentGet: true, from, at: clock.steady.now() })
  }
}
