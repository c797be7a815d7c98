import type { Fault } from "./fault.ts"
import { size } from "./scalars.ts"
import type { Report } from "./shape.ts"

/** The length is bounded, so that a text that consists only of such beginnings is read in linear time. */
const MARK =
  /\$(?:userName|userAlias|userAliasOrName|departmentName|chatName|msgContent|externalUserName)=[^$\n]{1,256}\$/g

const LISTS = /\[\d+\]/g

/**
 * It is not known whether WeCom counts a mark such as `$userName=zhangsan$` or the name that replaces it, so a text
 * that is too long only because of its marks gets a warning.
 * @param translated fields in which WeCom replaces marks, such as `news.articles.title`
 */
export function forgiveMarks(report: Report, translated: ReadonlySet<string>): Report {
  return (fault, text) =>
    report(
      isTranslated(fault, translated) && isByMarks(fault, text)
        ? { ...fault, severity: "warning", because: BY_MARKS }
        : fault,
    )
}

/** The `because` of such a warning. */
export const BY_MARKS = "enable_id_trans"

function isTranslated({ path }: Fault, translated: ReadonlySet<string>): boolean {
  return translated.has(path.replaceAll(LISTS, ""))
}

function isByMarks({ rule, severity, unit = "bytes", limit = 0 }: Fault, text: string | undefined): boolean {
  if (rule !== "too_long" || severity !== "error" || text === undefined) return false
  return size(text.replaceAll(MARK, ""), unit) <= limit
}

/** The position at which to cut a text that should be cut at `end`, so that no mark is cut in two. */
export function endBeforeMark(text: string, end: number): number {
  for (const { index, 0: mark } of text.matchAll(MARK)) {
    if (index >= end) break
    if (index + mark.length > end) return index
  }
  return end
}
