import type { Refused } from "./adapter.ts"
import { PROBLEMS } from "../../problems/problem-catalogue.ts"

/** A problem and its hint in one line, for protocols whose errors are a single text. */
export function sentenceOf({ problem, language }: Refused): string {
  const { title, hint } = PROBLEMS[problem.code]
  const detail = problem.detail?.[language]
  return detail ?? `${title[language]}${language === "zh" ? "：" : ": "}${hint[language]}`
}
