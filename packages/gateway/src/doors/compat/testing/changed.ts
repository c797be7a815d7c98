import type { Dispatcher } from "../../../model/ports/dispatcher.ts"

/** The dispatcher with some of its methods replaced. */
export function changed(dispatcher: Dispatcher, changes: Partial<Dispatcher>): Dispatcher {
  return new Proxy(dispatcher, {
    get(target, name) {
      const replaced: unknown = Reflect.get(changes, name)
      const own: unknown = Reflect.get(target, name)
      return replaced ?? (typeof own === "function" ? own.bind(target) : own)
    },
  })
}
