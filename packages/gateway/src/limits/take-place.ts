interface Places {
  enter(): Promise<void> | undefined
  leave(): void
}

/**
 * Lets only few look-ups be between the pace and the answer: otherwise a slow WeCom would count in one minute the
 * look-ups that were allowed for two.
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
