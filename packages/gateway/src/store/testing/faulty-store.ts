import { StorageError } from "../../core/storage-error.ts"

/**
 * One thing that goes wrong. `before`: the method fails and nothing was done. `after`: it is done, and then reported
 * as failed, as when the answer of a database is lost.
 */
export interface StoreFault {
  readonly method: string
  readonly when: "before" | "after"
  /** 1 for the first time the method is called. */
  readonly call: number
  readonly error?: Error
}

/** The same store, going wrong as planned. */
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
        if (fault?.when === "before") return Promise.reject(errorOf(fault))
        const result: unknown = Reflect.apply(value, target, parameters)
        if (fault === undefined) return result
        return Promise.resolve(result).then(() => Promise.reject(errorOf(fault)))
      }
    },
  })
}

/** Every method failing at each of its first calls, before and after it has done its work. */
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
