/** Does work for each item, a few at a time. @returns the results in order */
export async function pooled<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const entries = items.entries()
  const worker = async (): Promise<void> => {
    for (const [at, item] of entries) results[at] = await work(item, at)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  return results
}
