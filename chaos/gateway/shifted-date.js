/**
 * Puts a clock in place of the process's own that is ahead of it, or behind, as far as it is asked. A time that is given
 * stays that time.
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
