import { AxeBuilder } from "@axe-core/playwright"
import type { Page } from "playwright-core"

type Violations = Awaited<ReturnType<AxeBuilder["analyze"]>>["violations"]

/**
 * What axe finds wrong in a page. A page without frames needs none of axe's second page, and of what is right nothing is asked
 * but that: both together take more than half of its time.
 */
export async function violationsIn(page: Page): Promise<Violations> {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ["violations"] })
    .analyze()
  return violations
}
