import type { LocalStores } from "../../model/ports/stores.ts"
/** Counts the messages that are claimed and have not been given back; those that are finished stay counted. */
export class HeldMessages {
  most = 0
  #now = 0

  /** To be passed to `startDispatch`. */
  wrap = (stores: LocalStores): LocalStores => {
    const { outbox } = stores
    const claim: typeof outbox.claim = async (query) => {
      const claimed = await outbox.claim(query)
      this.#now += claimed.length
      this.most = Math.max(this.most, this.#now)
      return claimed
    }
    const release: typeof outbox.release = (releases) => {
      this.#now -= releases.length
      return outbox.release(releases)
    }
    return { ...stores, outbox: { ...outbox, claim, release } }
  }
}
