/** Works on each item once; as many at a time as there are places. */
export async function sideBySide<Item, Place>(
  items: readonly Item[],
  places: readonly Place[],
  work: (item: Item, place: Place) => Promise<void>,
): Promise<void> {
  const left = items.values()
  await Promise.all(
    places.map(async (place) => {
      for (const item of left) await work(item, place)
    }),
  )
}
