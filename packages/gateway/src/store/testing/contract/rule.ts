import type { LocalStores } from "../../../model/ports/stores.ts"
export interface StoreUnderTest extends AsyncDisposable {
  readonly stores: LocalStores
  /**
   * The store that a new process finds when this one is killed at this very moment. The killed one is not used again.
   */
  crash(): Promise<StoreUnderTest>
}

export type OpenStore = () => Promise<StoreUnderTest>

export interface Rule {
  readonly title: string
  check(open: OpenStore): Promise<void>
}

/** One rule for every store. */
export function rule(title: string, body: (store: StoreUnderTest) => Promise<void>): Rule {
  return {
    title,
    async check(open) {
      await using store = await open()
      await body(store)
    },
  }
}
