/**
 * What is given back of what was being asked at a crash, and what then counts as nobody's: as much as the budget is given
 * back in one day.
 */
export function afterCrash(asking: number, givenBack: number, budget: number): { back: number; missed: number } {
  const back = Math.min(asking, Math.max(0, budget - givenBack))
  return { back, missed: asking - back }
}
