import { StorageError } from "../../model/storage-error.ts"

/**
 * One planned fault. `before`: the method fails and does nothing. `after`: it does its work and then reports a failure,
 * as when the answer of a database is lost.
 */
export interface StoreFault {
  readonly method: string
  readonly when: "before" | "after"
  /** 1 for the first time the method is called. */
  readonly call: number
  readonly error?: Error
}

/** A wrapper of the store with planned faults. */
export function faulty<T extends object>(store: T, faults: readonly StoreFault[]): T {
  const calls = new Map<string | symbol, number>()
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== "function") return value
      return (...parameters: readonly unknown[]): unknown => {
        const call = (calls.get(name) ?? 0) + 1
        calls.set(name, call)
        const fault = faults.find((fault) => fault.method === name && fault.call === call)
        return go(fault, () => Reflect.apply(value, target, parameters) as unknown)
      }
    },
  })
}

/** Changes the store itself, for code that holds it already. @param onCall gets the name and number of each call */
export function sabotage(
  store: object,
  faults: readonly StoreFault[],
  onCall: (method: string, call: number) => void = () => {},
): void {
  const calls = new Map<string, number>()
  for (const method of methodsOf(store)) {
    const good: unknown = Reflect.get(store, method)
    if (typeof good !== "function") continue
    const value = (...parameters: readonly unknown[]): unknown => {
      const call = (calls.get(method) ?? 0) + 1
      calls.set(method, call)
      onCall(method, call)
      const fault = faults.find((fault) => fault.method === method && fault.call === call)
      return go(fault, () => Reflect.apply(good, store, parameters))
    }
    Object.defineProperty(store, method, { value, configurable: true, writable: true })
  }
}

function methodsOf(store: object): readonly string[] {
  const prototype: object = Object.getPrototypeOf(store)
  const names = [...Object.getOwnPropertyNames(store), ...Object.getOwnPropertyNames(prototype)]
  return names.filter((name) => name !== "constructor" && typeof Reflect.get(store, name) === "function")
}

function go(fault: StoreFault | undefined, work: () => unknown): unknown {
  if (fault === undefined) return work()
  if (fault.when === "before") return Promise.reject(errorOf(fault))
  return Promise.resolve(work()).then(() => Promise.reject(errorOf(fault)))
}

/** A fault for each method at each of its first calls, before and after its work. */
export function everyFault(methods: readonly string[], calls: number): readonly StoreFault[] {
  return methods.flatMap((method) =>
    Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
      (["before", "after"] as const).map((when): StoreFault => ({ method, when, call })),
    ),
  )
}

function errorOf(fault: StoreFault): Error {
  return fault.error ?? new StorageError("storage_error")
}
