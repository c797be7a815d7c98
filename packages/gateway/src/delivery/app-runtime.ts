import type { Api } from "@wecom-push/sdk"
import { appLimits } from "../domain/app-limits.ts"
import type { AppGovernor } from "../limits/app-governor.ts"
import type { AppRecord } from "../ports/apps.ts"
import type { People } from "./people/people.ts"
import { CallSharing } from "./share-calls.ts"

/** One app while the gateway runs: its way to WeCom, and what keeps it inside WeCom's limits. */
export class AppRuntime {
  readonly app: AppRecord
  readonly api: Api
  readonly governor: AppGovernor
  readonly people: People
  /** Undefined where each message has calls of its own. */
  readonly sharing: CallSharing | undefined

  constructor({ app, api, governor, people }: Pick<AppRuntime, "app" | "api" | "governor" | "people">) {
    this.app = app
    this.api = api
    this.governor = governor
    this.people = people
    this.sharing = appLimits(app.settings).sharesCalls ? new CallSharing(this) : undefined
  }
}
