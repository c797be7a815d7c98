/** Which calls are shown, as the address of the page says it. */
export interface CallFilter {
  /** Part of it. */
  readonly path: string
  /** Empty for any; else as the simulator takes it: `refused`, `none`, or an errcode. */
  readonly answer: string
}

export function filterOf({ searchParams }: URL): CallFilter {
  return { path: searchParams.get("path") ?? "", answer: searchParams.get("answer") ?? "" }
}

/** Undefined for what the simulator would refuse: no answer has such an errcode. */
export function queryOf({ path, answer }: CallFilter): string | undefined {
  if (!isAnswer(answer)) return undefined
  const parameters = new URLSearchParams()
  if (path.trim() !== "") parameters.set("path", path.trim())
  if (answer !== "") parameters.set("errcode", answer)
  return parameters.toString()
}

const isAnswer = (answer: string): boolean => /^(?:|refused|none|-?\d{1,15})$/.test(answer)

/** The value of the choice of answers: `one` shows a field for the errcode. */
export function choiceOf(answer: string): "" | "0" | "refused" | "none" | "one" {
  return answer === "" || answer === "0" || answer === "refused" || answer === "none" ? answer : "one"
}
