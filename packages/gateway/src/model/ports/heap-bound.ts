/** Holds V8's heap to less than it grows to by itself, for a little of a processor. */
export interface HeapBound {
  /** From now on until it is disposed of, by the last that holds it. */
  hold(): Disposable
}

export const NO_HEAP_BOUND: HeapBound = { hold: () => ({ [Symbol.dispose]: () => undefined }) }
