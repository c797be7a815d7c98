interface Places {
  enter(): Promise<void> | undefined
  leave(): void
}

/** Few between the pace and the answer, or a slow WeCom would get in one minute what two were allowed. */
export async function takePlace(places: Places, pace: () => Promise<unknown>): Promise<Disposable> {
  await places.enter()
  try {
    await pace()
  } catch (error) {
    places.leave()
    throw error
  }
  return { [Symbol.dispose]: () => places.leave() }
}
