/** Runs `task` over the items in order, at most `limit` at a time; rejects with the first rejection, once all are done. */
export function eachConcurrently<T>(
  items: readonly T[],
  limit: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const [first] = items
  // The most frequent case, one call, needs no queue.
  return items.length === 1 && first !== undefined ? task(first, 0) : eachOfSeveral(items, limit, task)
}

async function eachOfSeveral<T>(
  items: readonly T[],
  limit: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      const item = items[index]
      if (item !== undefined) await task(item, index)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker))
  for (const end of ends) if (end.status === "rejected") throw end.reason
}
