/** Waits for the next unhandled rejection, which then does not fail the test; without one the test hangs. */
export function nextUnhandledRejection(): Promise<unknown> {
  const listeners = process.listeners("unhandledRejection")
  process.removeAllListeners("unhandledRejection")
  const { promise, resolve } = Promise.withResolvers<unknown>()
  process.once("unhandledRejection", (reason) => {
    for (const listener of listeners) process.on("unhandledRejection", listener)
    resolve(reason)
  })
  return promise
}
