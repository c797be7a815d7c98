import { after, before } from "node:test"

/**
 * What all tests of a file share, started before the first of them. Whatever is given to `resources` is given back after
 * the last one, and also when starting the next thing fails: what stays open would keep the file from ending. Start one
 * after the other; of two that start at once, the second might appear when all else has been given back.
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
