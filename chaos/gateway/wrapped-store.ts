import { openSqlite as open } from "../../packages/gateway/src/store/sqlite/open.ts"
import type { OpenedSqlite, SqliteOptions } from "../../packages/gateway/src/store/sqlite/open.ts"
import { damageOf } from "../controls/damage.ts"
import { marking } from "./markers.ts"
import { readPlan } from "./plan.ts"
import { trailing } from "./trail.ts"

/** What the gateway gets for its `openSqlite`: the real store, leaving a trail, and damaged where a control asks for it. */
export async function openSqlite(options: SqliteOptions): Promise<OpenedSqlite> {
  const plan = readPlan()
  const opened = await open(options)
  const { corps } = opened.stores
  // Runs name more addresses of nobody than WeCom would bear from a corp of this size.
  await corps.put(plan.corpId, { lookup_miss_budget: null })
  const damaged = { ...opened.stores, ...damageOf(plan.control, opened.stores) }
  const marked = plan.markers === null ? damaged.outbox : marking(damaged.outbox, plan.markers)
  return { ...opened, stores: { ...damaged, outbox: plan.trail ? trailing(marked) : marked } }
}
