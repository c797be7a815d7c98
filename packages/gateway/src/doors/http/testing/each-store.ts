import { suite } from "node:test"
import { shared } from "../../../../../../tools/testing/shared.ts"
import type { RequestOptions, TestAnswer } from "./start-gateway.ts"
import { startSeveral } from "./start-several.ts"
import { startWithSimulator } from "./start-with-simulator.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

/** A gateway with a simulator behind it, on one of the stores. */
export interface OnAStore {
  readonly simulator: { readonly url: string }
  readonly request: (path: string, init?: RequestOptions) => Promise<TestAnswer>
  /** Resolves with the message once it is in one of these states. */
  readonly until: (id: string, ...states: readonly string[]) => Promise<Json>
  readonly phone: (userid: string) => Promise<readonly Json[]>
}

const STORES: Readonly<Record<string, (resources: AsyncDisposableStack) => Promise<OnAStore>>> = {
  SQLite: async (resources) => resources.use(await startWithSimulator()),
  async PostgreSQL(resources) {
    const several = resources.use(await startSeveral(1))
    return {
      simulator: several.simulator,
      request: (path, init) => several.request(0, path, init),
      until: (id, ...states) => several.until(0, id, ...states),
      phone: (userid) => several.phone(userid),
    }
  },
}

/** Runs the same tests on each store, through the door. @param what follows the store's name in the title of the suite */
export function onEachStore(what: string, define: (started: () => OnAStore) => void): void {
  for (const [store, start] of Object.entries(STORES)) suite(`${store}: ${what}`, () => define(shared(start)))
}

/** @param fault as `/_sim/faults` takes it; once unless it says otherwise */
export async function addFault({ simulator }: OnAStore, fault: Readonly<Json>): Promise<void> {
  const { ok } = await fetch(`${simulator.url}/_sim/faults`, {
    method: "POST",
    body: JSON.stringify({ times: 1, ...fault }),
  })
  if (!ok) throw new Error("the simulator does not know this fault")
}
