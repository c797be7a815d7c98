/** Calls back when the signal aborts, until disposed of. */
export function onceAborted(signal: AbortSignal, then: () => void): Disposable {
  signal.addEventListener("abort", then)
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", then) }
}
