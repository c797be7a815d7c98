/** The items in an order that depends only on the seed. */
export function shuffled<Item>(items: readonly Item[], seed: number): readonly Item[] {
  const left = [...items]
  let state = seed >>> 0
  return items.map(() => {
    // The generator of "Numerical Recipes", which is good enough for an order.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const [item] = left.splice(Math.floor((state / 2 ** 32) * left.length), 1)
    return item as Item
  })
}
