import type { Fault } from "./fault.ts"
import { size } from "./scalars.ts"
import type { Report } from "./shape.ts"

/** Bounded, so that a text of nothing but beginnings is read in linear time. */
const MARK =
  /\$(?:userName|userAlias|userAliasOrName|departmentName|chatName|msgContent|externalUserName)=[^$\n]{1,256}\$/g

const LISTS = /\[\d+\]/g

/**
 * Whether WeCom counts a mark such as `$userName=zhangsan$` or the name that takes its place is not known: what is too
 * long by its marks alone is a warning.
 * @param translated fields in which WeCom replaces marks, as in `news.articles.title`
 */
export function forgiveMarks(report: Report, translated: ReadonlySet<string>): Report {
  return (fault, text) =>
    report(
      isTranslated(fault, translated) && isByMarks(fault, text)
        ? { ...fault, severity: "warning", because: BY_MARKS }
        : fault,
    )
}

/** `because` of such a warning. */
export const BY_MARKS = "enable_id_trans"

function isTranslated({ path }: Fault, translated: ReadonlySet<string>): boolean {
  return translated.has(path.replaceAll(LISTS, ""))
}

function isByMarks({ rule, severity, unit = "bytes", limit = 0 }: Fault, text: string | undefined): boolean {
  if (rule !== "too_long" || severity !== "error" || text === undefined) return false
  return size(text.replaceAll(MARK, ""), unit) <= limit
}

/** Where a text that shall end at `end` has to end instead, so that no mark is torn. */
export function endBeforeMark(text: string, end: number): number {
  for (const { index, 0: mark } of text.matchAll(MARK)) {
    if (index >= end) break
    if (index + mark.length > end) return index
  }
  return end
}
