/** Limits how far V8's heap grows, at the cost of some processor time. */
export interface HeapLimit {
  /** The limit applies until the returned object is disposed of; with several, until the last one is. */
  begin(): Disposable
}

export const NO_HEAP_LIMIT: HeapLimit = { begin: () => ({ [Symbol.dispose]: () => undefined }) }
