/**
 * Makes `instanceof` know a class's instances by a mark, whichever copy of this package made them: two versions of it
 * beside each other, or one that a bundler has put into a program twice, would else not know each other's errors.
 */
export function markClass(marked: new (...args: never) => object, name: string): void {
  const mark = Symbol.for(`@wecom-push/sdk ${name}`)
  Object.defineProperty(marked.prototype, mark, { value: true })
  Object.defineProperty(marked, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // A class that extends it knows its own.
      if (this !== marked) return Function.prototype[Symbol.hasInstance].call(this, value)
      return typeof value === "object" && value !== null && mark in value
    },
  })
}
