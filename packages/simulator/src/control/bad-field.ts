import type { Bilingual } from "@wecom-push/protocol"

/** One field of a control body or an organisation that cannot be used. */
export interface BadField {
  /** As in `members[3].departments[0]`; empty for the whole. */
  readonly path: string
  readonly problem: Bilingual
}

/** What a control call answers with 400. */
export interface ControlProblem {
  readonly error: string
  readonly error_zh: string
  readonly errors: readonly { readonly path: string; readonly detail: string; readonly detail_zh: string }[]
}

export function controlProblem(badFields: readonly BadField[]): ControlProblem {
  const errors = badFields.map(({ path, problem }) => ({ path, detail: problem.en, detail_zh: problem.zh }))
  return {
    error: errors.map(({ path, detail }) => `${path || "body"} ${detail}`).join("; "),
    error_zh: errors.map(({ path, detail_zh }) => `${path || "请求体"} ${detail_zh}`).join("；"),
    errors,
  }
}
