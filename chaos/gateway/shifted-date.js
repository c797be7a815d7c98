/**
 * Replaces the process's clock by one that is ahead of it, or behind. A `Date` made from a given time is not changed.
 * @param {() => number} aheadMs
 */
export function shiftDate(aheadMs) {
  const Real = Date
  const now = () => Real.now() + aheadMs()
  globalThis.Date = new Proxy(Real, {
    construct: (_, words, target) => Reflect.construct(Real, words.length === 0 ? [now()] : words, target),
    apply: () => new Real(now()).toString(),
    get: (_, name, receiver) => (name === "now" ? now : Reflect.get(Real, name, receiver)),
  })
}
