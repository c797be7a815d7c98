import type { ControlProblem } from "../../../src/control/bad-field.ts"
import { readJson } from "../shell/read-json.ts"
import type { Bilingual } from "./bilingual.ts"

/** A fault that the simulator finds in one field; with an empty path, in the whole. */
export interface Problem {
  readonly path: string
  readonly detail: Bilingual
}

/** Either the simulator's answer or the faults that it finds. */
export type Reply<T> =
  | { readonly value: T; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly Problem[] }

/** Makes one call of a control path. It never rejects: a missing answer is returned as a problem. */
export async function ask<T>(method: "POST" | "PUT" | "DELETE", path: string, json?: string): Promise<Reply<T>> {
  try {
    const response = await fetch(path, json === undefined ? { method } : { method, body: json })
    const text = await response.text()
    return response.ok ? { value: readJson<T>(text) } : { problems: problemsIn(text, response.status) }
  } catch {
    return { problems: [{ path: "", detail: SILENCE }] }
  }
}

const SILENCE = {
  en: "The simulator does not answer. Start it again and repeat this.",
  zh: "模拟器没有响应，请重新启动后再试。",
}

function problemsIn(text: string, status: number): readonly Problem[] {
  try {
    const { errors, error, error_zh } = readJson<Partial<ControlProblem>>(text)
    if (errors !== undefined)
      return errors.map(({ path, detail, detail_zh }) => ({ path, detail: { en: detail, zh: detail_zh } }))
    if (error !== undefined) return [{ path: "", detail: { en: error, zh: error_zh ?? error } }]
  } catch {
    // A proxy in between may answer in HTML.
  }
  return [{ path: "", detail: { en: `HTTP ${status}`, zh: `HTTP ${status}` } }]
}

/** The problems of the field with that path, as one sentence; undefined when there is none. */
export function problemAt(problems: readonly Problem[], path: string, language: keyof Bilingual): string | undefined {
  const found = problems.filter((problem) => problem.path === path).map(({ detail }) => detail[language])
  return found.length === 0 ? undefined : found.join(language === "zh" ? "；" : "; ")
}
