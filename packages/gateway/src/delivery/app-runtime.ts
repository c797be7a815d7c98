import type { Api } from "@wecom-push/sdk/internals"
import type { Governor } from "../ports/governor.ts"
import type { AppRecord } from "../ports/apps.ts"
import type { AgentGet } from "./agent-get.ts"
import type { People } from "./people/people.ts"

/** One app while the gateway runs: its way to WeCom, and what keeps it inside WeCom's limits. */
export interface AppRuntime {
  readonly app: AppRecord
  readonly api: Api
  readonly governor: Governor
  readonly people: People
  readonly agentGet: Pick<AgentGet, "ask">
}
