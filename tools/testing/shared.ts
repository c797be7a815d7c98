import { after, before } from "node:test"

/**
 * Starts what all tests of a file share, before the first test. All `resources` are released after the last test, and also when
 * a start fails, because open resources would keep the file from ending. Start one after another: if two start at once, the
 * second may be ready only after all others have been released.
 */
export function shared<Started>(start: (resources: AsyncDisposableStack) => Promise<Started>): () => Started {
  const resources = new AsyncDisposableStack()
  let started: { readonly value: Started } | undefined
  before(async () => {
    started = { value: await start(resources) }
  })
  after(() => resources.disposeAsync())
  return () => {
    if (started === undefined) throw new Error("a test has begun before what it shares was started")
    return started.value
  }
}
