interface Places {
  enter(): Promise<void> | undefined
  leave(): void
}

/**
 * Few look-ups may be between the pace and the answer, or a slow WeCom would count in one minute what two were allowed.
 */
export async function takePlace(places: Places, pace: () => Promise<Disposable>): Promise<Disposable> {
  await places.enter()
  try {
    const paced = await pace()
    return {
      [Symbol.dispose]: () => {
        using _ = paced
        places.leave()
      },
    }
  } catch (error) {
    places.leave()
    throw error
  }
}
