/**
 * Makes `instanceof` recognise a class's instances by a mark, whichever copy of this package made them: two versions of
 * it side by side, or one that a bundler has put into a program twice, would otherwise not recognise each other's
 * errors.
 */
export function markClass(marked: new (...args: never) => object, name: string): void {
  const mark = Symbol.for(`@wecom-push/sdk ${name}`)
  Object.defineProperty(marked.prototype, mark, { value: true })
  Object.defineProperty(marked, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // A class that extends it recognises only its own instances.
      if (this !== marked) return Function.prototype[Symbol.hasInstance].call(this, value)
      return typeof value === "object" && value !== null && mark in value
    },
  })
}
