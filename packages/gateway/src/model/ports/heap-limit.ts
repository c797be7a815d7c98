/** Limits how far V8's heap grows, at the cost of some processor time. */
export interface HeapLimit {
  /** It counts until what is returned is disposed of; of several until the last one is. */
  begin(): Disposable
}

export const NO_HEAP_LIMIT: HeapLimit = { begin: () => ({ [Symbol.dispose]: () => undefined }) }
