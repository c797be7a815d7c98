import type { LocalStores } from "../../../model/ports/stores.ts"
export interface StoreUnderTest extends AsyncDisposable {
  readonly stores: LocalStores
  /** What a new process finds after this one was killed at this very moment. The one that was killed is not used again. */
  crash(): Promise<StoreUnderTest>
}

export type OpenStore = () => Promise<StoreUnderTest>

export interface Rule {
  readonly title: string
  check(open: OpenStore): Promise<void>
}

/** One thing every store must do. */
export function rule(title: string, body: (store: StoreUnderTest) => Promise<void>): Rule {
  return {
    title,
    async check(open) {
      await using store = await open()
      await body(store)
    },
  }
}
