import type { LocalStores } from "../../packages/gateway/src/model/ports/stores.ts"
import type { OpenedSqlite, SqliteOptions } from "../../packages/gateway/src/store/sqlite/open.ts"
import { DAY_CONTROLS, isDayControl } from "../controls/damage-day.ts"
import { damageOf } from "../controls/damage.ts"
import { marking } from "./markers.ts"

interface StoreModule {
  readonly openSqlite: (options: SqliteOptions) => Promise<OpenedSqlite>
}

const real = new URL(import.meta.url).searchParams.get("real") ?? ""
const { openSqlite: open } = (await import(real)) as StoreModule
const { CHAOS_CONTROL: control, CHAOS_MARKERS: markers } = process.env

/** Replaces the gateway's `openSqlite`: opens the real store, damaged if a control says so, and notes its promises. */
export async function openSqlite(options: SqliteOptions): Promise<OpenedSqlite> {
  const opened = await open(options)
  const damaged = { ...opened.stores, ...damageBy(control, opened.stores) }
  return {
    ...opened,
    stores: { ...damaged, ...(markers === undefined ? {} : marking(damaged, markers)) },
  }
}

function damageBy(name: string | undefined, stores: LocalStores): Partial<LocalStores> {
  if (name === undefined) return {}
  return isDayControl(name) ? DAY_CONTROLS[name].damage(stores) : damageOf(name, stores)
}
