/** The next rejection that nobody handles, which is not one of the test's then; any other outcome lets it hang. */
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
