import type { ApiHooks } from "@wecom-push/sdk"
import type { Language } from "@wecom-push/protocol"
import { say } from "../texts.ts"
import type { Step } from "./step.ts"

/** Counts the tries that failed before a call succeeded: a call that was repeated nine times works, but something is wrong. */
export class FailedTries {
  readonly hooks: Pick<ApiHooks, "onAnswer" | "onFailure">
  readonly #met: { readonly api: string; readonly what: string }[] = []

  constructor() {
    this.hooks = {
      onAnswer: ({ api, errcode }) => {
        if (errcode !== 0) this.#met.push({ api, what: `errcode ${errcode}` })
      },
      onFailure: ({ api, failure, detail }) => void this.#met.push({ api, what: detail ?? failure }),
    }
  }

  /** Adds the failed tries of the step's calls to the step. */
  warn(step: Step, isOfStep: (api: string) => boolean, language: Language): Step {
    const met = this.#met.filter(({ api }) => isOfStep(api)).map(({ what }) => what)
    if (met.length === 0 || step.state !== "ok") return step
    const kinds = [...new Set(met)]
    const what = kinds.map((kind) => `${kind} × ${met.filter((one) => one === kind).length}`).join(", ")
    const detail = say(language, "triesFailed", { count: met.length, what })
    return { ...step, state: "warning", details: [...step.details, detail], hint: say(language, "triesFailedHint") }
  }
}
