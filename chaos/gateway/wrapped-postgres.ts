import type { OpenedPostgres, PostgresOptions } from "../../packages/gateway/src/store/postgres/open.ts"
import { damageNode } from "../controls/damage-nodes.ts"

interface StoreModule {
  readonly openPostgres: (options: PostgresOptions) => Promise<OpenedPostgres>
}

const real = new URL(import.meta.url).searchParams.get("real") ?? ""
const { openPostgres: open } = (await import(real)) as StoreModule

/** Replaces the gateway's `openPostgres`: opens the real store, damaged as the control says. */
export async function openPostgres(options: PostgresOptions): Promise<OpenedPostgres> {
  return damageNode(process.env["CHAOS_CONTROL"], await open(options))
}
